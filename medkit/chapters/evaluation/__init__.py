"""Explorers about evaluation."""
