"""Formulas over arrays: how good labels are, how far raters agree, and how sure either is. No files, no terminal."""
