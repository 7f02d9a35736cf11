"""用友: YonBIP / YonSuite (`yonbip`) and U8 OpenAPI (`u8`), two systems in one folder (docs/decisions/0019)."""
