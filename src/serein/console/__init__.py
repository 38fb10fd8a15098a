"""Pages for people, below `/_serein/`: they call the platform's operations, and load nothing from elsewhere."""
