"""Client certificates: a key pair and a certificate that it signed itself."""

import datetime

VALID_SECONDS = 365 * 24 * 3600
_KEY_BITS = 2048


def new_certificate(now: float) -> tuple[str, str]:
    """A certificate and its private key, both as PEM."""
    # Imported when first needed: it would cost the start-up, and few ever generate a certificate.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    names = ((NameOID.COUNTRY_NAME, "US"), (NameOID.LOCALITY_NAME, "Seattle"), (NameOID.COMMON_NAME, "ApiGateway"))
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
    start = datetime.datetime.fromtimestamp(now, datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(seconds=VALID_SECONDS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()
