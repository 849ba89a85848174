"""Loans: who gets them, what becomes of them, and what the bank reports."""
