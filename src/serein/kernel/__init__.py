"""The vocabulary and the ports everything else is written in; imports the standard library only."""
