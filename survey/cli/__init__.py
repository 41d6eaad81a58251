"""The command line: parse, one service call, print. Names and formats are fixed by the contract."""
