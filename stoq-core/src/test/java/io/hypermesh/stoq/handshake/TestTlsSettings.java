package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedKeyManager;

/** Settings with certificates on both sides, for the tests of other packages. */
public final class TestTlsSettings {
  /** What the server's certificate is for. */
  public static final String HOST = HandshakeFixture.HOST;

  private static final class PostQuantum {
    static final TestIdentities AUTHORITY = TestIdentities.create("large", Kind.ML_DSA);
    static final Identity SERVER = AUTHORITY.issue(Kind.ML_DSA, HOST);
    static final Identity CLIENT = AUTHORITY.issue(Kind.ML_DSA, "client.example");
  }

  private TestTlsSettings() {}

  /** A client that offers these groups, and sends a share of the first. */
  public static TlsSettings client(long seed, List<NamedGroup> groups) {
    return HandshakeFixture.settings(HandshakeFixture.CLIENT, seed).groups(groups).build();
  }

  /** A server that takes these groups. */
  public static TlsSettings server(long seed, List<NamedGroup> groups) {
    return HandshakeFixture.settings(HandshakeFixture.SERVER, seed).groups(groups).build();
  }

  /** A client whose keys and chain are ML-DSA, and its key exchange a hybrid. */
  public static TlsSettings postQuantumClient(long seed) {
    return postQuantum(PostQuantum.CLIENT, seed);
  }

  /** A server whose keys and chain are ML-DSA, and its key exchange a hybrid. */
  public static TlsSettings postQuantumServer(long seed) {
    return postQuantum(PostQuantum.SERVER, seed);
  }

  private static TlsSettings postQuantum(Identity identity, long seed) {
    return HandshakeFixture.settings(identity, seed)
        .trustManager(PostQuantum.AUTHORITY.trustManager())
        .groups(List.of(NamedGroup.X25519MLKEM768))
        .build();
  }

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

  /** A client with a certificate that resumes sessions. */
  public static TlsSettings client(long seed, ResumptionSettings resumption) {
    return HandshakeFixture.settings(HandshakeFixture.CLIENT, seed).resumption(resumption).build();
  }

  /** The same, whose secrets go to a key log. */
  public static TlsSettings client(long seed, ResumptionSettings resumption, KeyLog keyLog) {
    return HandshakeFixture.settings(HandshakeFixture.CLIENT, seed)
        .resumption(resumption)
        .keyLog(keyLog)
        .build();
  }

  /** A server that requires certificates and resumes sessions, with these groups. */
  public static TlsSettings server(
      long seed, ResumptionSettings resumption, java.util.List<NamedGroup> groups) {
    return HandshakeFixture.settings(HandshakeFixture.SERVER, seed)
        .resumption(resumption)
        .groups(groups)
        .build();
  }

  /** Settings of either side, changed. */
  public static TlsSettings changed(
      boolean client, long seed, Consumer<TlsSettings.Builder> change) {
    TlsSettings.Builder builder =
        HandshakeFixture.settings(client ? HandshakeFixture.CLIENT : HandshakeFixture.SERVER, seed);
    change.accept(builder);
    return builder.build();
  }

  /** The key of either side's names, whose certificate nobody trusts. */
  public static X509ExtendedKeyManager untrustedKey() {
    return new OneKeyManager(TestIdentities.create("stranger").issue(Kind.ED25519, HOST));
  }

  /** The key of either side's names, whose certificate isn't valid any more. */
  public static X509ExtendedKeyManager expiredKey() {
    Identity identity =
        HandshakeFixture.AUTHORITY.issue(
            Kind.ED25519, TestIdentities.days(-9), TestIdentities.days(-2), HOST);
    return new OneKeyManager(identity);
  }

  /** A key whose certificate is for another host. */
  public static X509ExtendedKeyManager otherHostsKey() {
    return new OneKeyManager(HandshakeFixture.AUTHORITY.issue(Kind.ED25519, "other.example"));
  }

  /** A client without a certificate. */
  public static TlsSettings anonymousClient(long seed) {
    return HandshakeFixture.settings(null, seed).build();
  }
}
