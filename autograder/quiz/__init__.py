"""Quizzes that need no network: questions as data, a sitting that can be left, and how it looks where one sits."""
