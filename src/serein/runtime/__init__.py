"""Where functions run: adapters of the Runner port."""
