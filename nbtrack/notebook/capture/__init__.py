"""What a tracked cell leaves behind, piece by piece."""
