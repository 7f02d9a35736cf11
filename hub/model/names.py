"""Company and person names made comparable: a normal form for equality and its bigrams for blocking."""

import unicodedata
from itertools import pairwise

# Traditional characters frequent in company names -> simplified (a compact table, not a converter).
_TRADITIONAL = (
    "國国業业東东華华電电機机車车廠厂門门開开關关長长風风飛飞馬马魚鱼鳥鸟龍龙龜龟豐丰農农貿贸資资財财貨货質质實实寶宝"
    "廣广龐庞應应慶庆張张強强彈弹後后從从復复徵征德德愛爱態态慮虑憲宪戰战戲戏擇择擔担據据撥拨數数斷断於于時时書书"
    "會会術术樂乐樓楼標标樣样橋桥檢检權权歐欧歷历歸归殺杀氣气漢汉滬沪漁渔濟济灣湾無无熱热爾尔獎奖環环產产畫画當当"
    "發发監监盤盘眾众禮礼種种稱称積积競竞筆笔節节範范築筑簡简類类糧粮紅红紀纪約约純纯紙纸級级細细終终組组結结統统"
    "經经維维網网綠绿緣缘線线編编縣县總总織织繪绘續续聯联聲声職职腦脑藝艺藥药蘇苏處处號号術术衛卫裝装製制見见規规"
    "視视親亲覺觉觀观計计訊讯設设許许訂订評评詞词試试話话誠诚語语說说調调論论證证識识議议護护變变讓让貝贝負负貫贯"
    "責责買买費费賀贺賓宾賣卖賬账賽赛購购贏赢軍军軟软較较載载輕轻輪轮輸输轉转辦办達达運运過过進进遠远適适遷迁選选"
    "郵邮鄉乡醫医釋释鋼钢鋁铝銀银銅铜錢钱錦锦鎮镇鏡镜鐵铁鑫鑫陽阳陰阴陳陈陸陆際际險险隊队難难雲云雙双雜杂離离頁页"
    "項项順顺須须預预頭头題题額额顏颜願愿飯饭飲饮餐餐館馆驗验體体點点黨党齊齐劉刘吳吴楊杨趙赵鄭郑馮冯許许鄧邓蕭萧"
    "個个們们優优億亿備备傳传儀仪價价動动務务勝胜區区協协單单壓压園园圓圆團团圖图場场塊块報报奧奥婦妇學学寧宁專专"
    "將将對对導导層层島岛師师帶带幣币幹干庫库廳厅麗丽齡龄"
)
_SIMPLIFIED = {ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True) if old != new}
_BRACKETS = str.maketrans({"[": "(", "【": "(", "〔": "(", "{": "(", "]": ")", "】": ")", "〕": ")", "}": ")"})
# One spelling per legal form; longest first.
_LEGAL_FORMS = (
    ("有限责任公司", "有限公司"),
    ("股份有限责任公司", "股份有限公司"),
    ("companylimited", "coltd"),
    ("limited", "ltd"),
    ("incorporated", "inc"),
    ("corporation", "corp"),
)
_DROPPED = frozenset("·•・.,，。、'\"“”‘’`-_—–/\\|&＆*~!?;:")
_PLAIN: dict[int, str | None] = {**_SIMPLIFIED, **_BRACKETS, **{ord(mark): None for mark in _DROPPED}}


def normal_name(text: str) -> str:
    """The form in which two spellings of one name are equal: width, case, brackets, spaces, legal form, common
    traditional characters. The legal form itself stays, because 甲有限公司 and 甲股份有限公司 are two companies."""
    name = "".join(_folded(text).translate(_PLAIN).split())
    for variant, form in _LEGAL_FORMS:
        name = name.replace(variant, form)
    return _folded(name)


def _folded(text: str) -> str:
    """Compatibility form and case folded; twice, because folding can undo the first and dropping marks can join others."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", text)


def bigrams(name: str) -> tuple[str, ...]:
    """Distinct neighbouring pairs of a normal name, in order; one or two characters give the single characters."""
    if len(name) <= 2:
        return tuple(dict.fromkeys(name))
    return tuple(dict.fromkeys(left + right for left, right in pairwise(name)))
