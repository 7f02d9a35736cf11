"""The mapping language: what a mapping may say, its steps, and the function it compiles to. Only `load` does I/O."""
