"""What scores say: every measure of every chapter as tables. Nothing here imports torch."""
