"""用友 as two sandboxes: YonBIP / YonSuite (`make_yonbip`) and U8 OpenAPI (`make_u8`); the README lists their switches."""

from sandbox.yonyou.bip import make_yonbip
from sandbox.yonyou.u8 import make_u8

__all__ = ["make_u8", "make_yonbip"]
