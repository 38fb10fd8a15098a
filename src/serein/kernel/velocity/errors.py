"""What goes wrong with a template: it can't be read, or it fails while it is rendered."""


class VelocityError(Exception):
    """Any failure of a template; the message says what and where."""


class InvalidTemplate(VelocityError):
    """The text is no template."""


class TemplateFailed(VelocityError):
    """Rendering failed: a method threw, or a bound was exceeded."""
