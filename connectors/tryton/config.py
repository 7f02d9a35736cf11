"""Settings of one Tryton database: validation, the settings form and masking come from this model."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class TrytonConfig(BaseModel):
    """`server_url` is the address without the database. The names given here are looked up once per client; one that the
    database does not know is a setup error that names the setting."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    server_url: str = Field(
        title="服务器地址 / server address",
        description="例 https://erp.example.com/ / for example https://erp.example.com/",
    )
    database: str = Field(
        title="数据库 / database", description="登录窗口里的数据库名 / as the login window names it", min_length=1
    )
    username: str = Field(
        title="集成用户 / integration user", description="专用的用户 / a user kept for the hub", min_length=1
    )
    password: SecretStr = Field(
        title="密码 / password", description="集成用户的密码 / of the integration user", min_length=1
    )
    company: str = Field(
        "",
        title="公司 / company",
        description="公司名称；空 = 集成用户的默认公司 / name of the company; empty = the user's own",
    )
    customer_category: str = Field(
        "",
        title="客户类别 / customer category",
        description="只把这个往来单位类别当作客户，新建时放进去；空 = 所有往来单位 / "
        "only parties of this category are customers, new ones are put into it; empty = every party",
    )
    payment_term: str = Field(
        "",
        title="付款条件 / payment term",
        description="新建订单用的付款条件名称；空 = 用客户自己的 / its name, for new orders; empty = that of the party",
    )

    product_category: str = Field(
        "",
        title="产品会计类别 / account category of products",
        description="新建产品用的会计类别名称；空 = 税率相同的唯一一个 / "
        "its name, for new products; empty = the only one with the product's tax rate",
    )

    @field_validator("server_url")
    @classmethod
    def _whole(cls, url: str) -> str:
        return url.rstrip("/") + "/"


def spelt(zh: str, en: str) -> tuple[str, str, str]:
    """Who puts a name in the settings right that Tryton does not know: (job, zh, en), given where Tryton keeps such things."""
    return (
        "hub_admin",
        f"照 Tryton“{zh}”里的写法改连接设置（hub connections change），或在那里建立，然后测试并恢复",
        f"write it as Tryton does under {en} (hub connections change), or make it there, then test and resume",
    )
