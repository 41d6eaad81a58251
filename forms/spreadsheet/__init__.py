"""The sheets of an XLSForm workbook, read with every fault named by sheet, row and column."""
