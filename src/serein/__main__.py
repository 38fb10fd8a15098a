"""`python -m serein` is the command `serein`."""

from serein.cli.main import main

if __name__ == "__main__":
    main()
