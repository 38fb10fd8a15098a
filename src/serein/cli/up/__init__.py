"""`serein up`: an application, running, from one command."""
