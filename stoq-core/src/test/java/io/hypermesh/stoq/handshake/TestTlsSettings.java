package io.hypermesh.stoq.handshake;

/** Settings with certificates on both sides, for the tests of other packages. */
public final class TestTlsSettings {
  /** What the server's certificate is for. */
  public static final String HOST = HandshakeFixture.HOST;

  private TestTlsSettings() {}

  /** A client with a certificate, whose hellos follow from a seed. */
  public static TlsSettings client(long seed) {
    return HandshakeFixture.settings(HandshakeFixture.CLIENT, seed).build();
  }

  /** A client with a certificate, whose secrets go to a key log. */
  public static TlsSettings client(long seed, KeyLog keyLog) {
    return HandshakeFixture.settings(HandshakeFixture.CLIENT, seed).keyLog(keyLog).build();
  }

  /** A server that requires certificates, whose hellos follow from a seed. */
  public static TlsSettings server(long seed) {
    return HandshakeFixture.settings(HandshakeFixture.SERVER, seed).build();
  }

  /** A client without a certificate. */
  public static TlsSettings anonymousClient(long seed) {
    return HandshakeFixture.settings(null, seed).build();
  }
}
