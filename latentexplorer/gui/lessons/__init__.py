"""Lessons: demonstrations that a person does with their own hands, on runs that they train."""
