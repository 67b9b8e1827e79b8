"""What ``40_heart`` needs: its explorers, exercises, quiz and drawing."""
