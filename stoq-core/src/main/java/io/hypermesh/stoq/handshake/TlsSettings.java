package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What all handshakes of an endpoint have in common. Immutable.
 *
 * <p>The managers are asked anew in every handshake, so a certificate that is rotated in the key
 * manager serves the next one. They are called on the threads that run {@link HandshakeTask}s.
 *
 * @param keyManager the local keys and certificates; a server needs one, a client without one
 *     answers a certificate request with an empty list
 * @param trustManager judges the peer's chain; a client needs one, and so does a server that
 *     requests certificates
 * @param applicationProtocols ALPN protocols in order of preference; at least one (RFC 9001, 8.1)
 * @param clientAuthentication what a server asks of clients
 * @param cipherSuites in order of preference
 * @param groups in order of preference; a client sends a key share for the first; a server takes
 *     the first of the client's shares that is of one of them, and only where there is none asks
 *     for the first that both support, which costs a round trip
 * @param keyLog where secrets are logged, or null
 * @param random for hello randoms and ephemeral keys; used on the threads that own handshakes,
 *     never by tasks, so that a seeded one gives the same handshake again
 * @param limits what a peer may make this side hold
 * @param resumption how sessions are resumed
 * @param publicKeys who does the public-key work, and with which keys made ahead
 */
public record TlsSettings(
    @Nullable X509ExtendedKeyManager keyManager,
    @Nullable X509ExtendedTrustManager trustManager,
    List<String> applicationProtocols,
    ClientAuthentication clientAuthentication,
    List<CipherSuite> cipherSuites,
    List<NamedGroup> groups,
    @Nullable KeyLog keyLog,
    SecureRandom random,
    Limits limits,
    ResumptionSettings resumption,
    PublicKeys publicKeys) {

  /**
   * What a peer may make this side hold and work on.
   *
   * @param messageBytesMax largest handshake message accepted, its header not counted; more is
   *     {@code CRYPTO_BUFFER_EXCEEDED}
   * @param certificateChainLengthMax most certificates in a chain; more is {@code bad_certificate}
   * @param certificateChainBytesMax most bytes of certificates in a chain; more is {@code
   *     bad_certificate}
   * @param rsaModulusBitsMax largest RSA key that a signature is checked with
   */
  public record Limits(
      int messageBytesMax,
      int certificateChainLengthMax,
      int certificateChainBytesMax,
      int rsaModulusBitsMax) {
    /** 64 KiB messages, 10 certificates of 48 KiB together, RSA up to 8,192 bits. */
    public static final Limits DEFAULT = new Limits(65_536, 10, 49_152, 8_192);

    /** A ClientHello of QUIC does not fit in less (RFC 9001, 4.3 expects about 1 KiB). */
    private static final int MESSAGE_BYTES_MIN = 1_024;

    public Limits {
      if (messageBytesMax < MESSAGE_BYTES_MIN || messageBytesMax > 0xffffff) {
        throw new IllegalArgumentException(
            "messageBytesMax is from 1,024 to 16,777,215: " + messageBytesMax);
      }
      if (certificateChainLengthMax < 1) {
        throw new IllegalArgumentException(
            "certificateChainLengthMax is at least 1: " + certificateChainLengthMax);
      }
      if (certificateChainBytesMax < 1) {
        throw new IllegalArgumentException(
            "certificateChainBytesMax is at least 1: " + certificateChainBytesMax);
      }
      if (rsaModulusBitsMax < Signatures.RSA_MODULUS_BITS_MIN) {
        throw new IllegalArgumentException(
            "rsaModulusBitsMax is at least 2,048: " + rsaModulusBitsMax);
      }
    }
  }

  public TlsSettings {
    applicationProtocols = List.copyOf(applicationProtocols);
    cipherSuites = List.copyOf(cipherSuites);
    groups = List.copyOf(groups);
    if (applicationProtocols.isEmpty()) {
      throw new IllegalArgumentException("QUIC needs at least one ALPN protocol");
    }
    for (String protocol : applicationProtocols) {
      int length = protocol.getBytes(StandardCharsets.UTF_8).length;
      if (length < 1 || length > 255) {
        throw new IllegalArgumentException("an ALPN protocol has 1 to 255 bytes: " + protocol);
      }
    }
    requireDistinct("cipher suite", cipherSuites);
    requireDistinct("group", groups);
  }

  private static void requireDistinct(String what, List<?> values) {
    if (values.isEmpty() || Set.copyOf(values).size() != values.size()) {
      throw new IllegalArgumentException(
          "at least one " + what + " is needed, and each once: " + values);
    }
  }

  /** These settings, with the public-key work done by others. */
  public TlsSettings withPublicKeys(PublicKeys value) {
    return new TlsSettings(
        keyManager,
        trustManager,
        applicationProtocols,
        clientAuthentication,
        cipherSuites,
        groups,
        keyLog,
        random,
        limits,
        resumption,
        value);
  }

  /** A builder with every default: all suites and groups, no certificates, no key log. */
  public static Builder builder() {
    return new Builder();
  }

  /** Names what is set, and no key. */
  @Override
  public String toString() {
    return "TlsSettings["
        + applicationProtocols
        + ", "
        + cipherSuites
        + ", "
        + groups
        + ", client authentication "
        + clientAuthentication
        + "]";
  }

  /** Builds {@link TlsSettings}. Not safe for use by several threads. */
  public static final class Builder {
    private @Nullable X509ExtendedKeyManager keyManager;
    private @Nullable X509ExtendedTrustManager trustManager;
    private List<String> applicationProtocols = List.of();
    private ClientAuthentication clientAuthentication = ClientAuthentication.REQUIRED;
    private List<CipherSuite> cipherSuites = List.of(CipherSuite.values());
    private List<NamedGroup> groups = List.of(NamedGroup.values());
    private @Nullable KeyLog keyLog;
    private @Nullable SecureRandom random;
    private Limits limits = Limits.DEFAULT;
    private ResumptionSettings resumption = ResumptionSettings.NONE;
    private PublicKeys publicKeys = PublicKeys.portable();

    private Builder() {}

    /** The local keys and certificates; default none. */
    public Builder keyManager(@Nullable X509ExtendedKeyManager value) {
      keyManager = value;
      return this;
    }

    /** The judge of the peer's chain; default none. */
    public Builder trustManager(@Nullable X509ExtendedTrustManager value) {
      trustManager = value;
      return this;
    }

    /** ALPN protocols in order of preference; no default. */
    public Builder applicationProtocols(List<String> value) {
      applicationProtocols = value;
      return this;
    }

    /** What a server asks of clients; default {@link ClientAuthentication#REQUIRED}. */
    public Builder clientAuthentication(ClientAuthentication value) {
      clientAuthentication = value;
      return this;
    }

    /** Suites in order of preference; default all, AES-128-GCM first. */
    public Builder cipherSuites(List<CipherSuite> value) {
      cipherSuites = value;
      return this;
    }

    /** Groups in order of preference; default X25519, X25519MLKEM768, P-256. */
    public Builder groups(List<NamedGroup> value) {
      groups = value;
      return this;
    }

    /** Where secrets are logged; default nowhere. */
    public Builder keyLog(@Nullable KeyLog value) {
      keyLog = value;
      return this;
    }

    /** The source of randoms and ephemeral keys; required. */
    public Builder random(SecureRandom value) {
      random = value;
      return this;
    }

    /** What a peer may make this side hold; default {@link Limits#DEFAULT}. */
    public Builder limits(Limits value) {
      limits = value;
      return this;
    }

    /** How sessions are resumed; default {@link ResumptionSettings#NONE}. */
    public Builder resumption(ResumptionSettings value) {
      resumption = value;
      return this;
    }

    /**
     * Who does the public-key work; default {@link PublicKeys#portable()}. Stays the caller's to
     * close.
     */
    public Builder publicKeys(PublicKeys value) {
      publicKeys = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException where a value is out of range or missing
     */
    public TlsSettings build() {
      SecureRandom source = random;
      if (source == null) {
        throw new IllegalArgumentException("couldn't make TLS settings without a random source");
      }
      return new TlsSettings(
          keyManager,
          trustManager,
          applicationProtocols,
          clientAuthentication,
          cipherSuites,
          groups,
          keyLog,
          source,
          limits,
          resumption,
          publicKeys);
    }
  }
}
