package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Makes the server's first flight up to its CertificateVerify: chooses the certificate, agrees on
 * the key, writes the messages and signs. Where a session can be resumed and the trust manager
 * still accepts the client's chain in it, the flight ends with EncryptedExtensions.
 */
final class ServerFlightTask extends HandshakeTask {
  private final TlsSettings settings;
  private final HandshakeContext context;
  private final KeyExchange keyExchange;
  private final byte[] clientShare;
  private final byte[] serverRandom;
  private byte[] transportParameters;
  private final Transcript transcript;
  private final ServerResumption.@Nullable Candidate candidate;
  private boolean resumed;
  private List<X509Certificate> resumedCertificates = List.of();
  private long ownUntilMillis = Long.MAX_VALUE;
  private byte[] serverHello = new byte[0];
  private byte[] serverHelloHash = new byte[0];
  private byte[] encryptedFlight = new byte[0];
  private byte[] sharedSecret = new byte[0];

  /**
   * @param keyExchange the server's ephemeral key; the task owns and erases it
   * @param transcript a copy of the handshake's, up to the ClientHello
   * @param candidate a session to resume, or null
   */
  ServerFlightTask(
      TlsSettings settings,
      HandshakeContext context,
      KeyExchange keyExchange,
      byte[] clientShare,
      byte[] serverRandom,
      byte[] transportParameters,
      Transcript transcript,
      ServerResumption.@Nullable Candidate candidate) {
    this.settings = settings;
    this.context = context;
    this.keyExchange = keyExchange;
    this.clientShare = clientShare;
    this.serverRandom = serverRandom;
    this.transportParameters = transportParameters;
    this.transcript = transcript;
    this.candidate = candidate;
  }

  /** Other parameters to send; before the task is handed out. */
  void transportParameters(byte[] encoded) {
    transportParameters = encoded;
  }

  @Override
  void execute() throws TransportException, AuthenticationException {
    int selectedPsk = candidate != null && isStillTrusted(candidate) ? candidate.index() : -1;
    try (keyExchange) {
      KeyExchange.Answer answer = keyExchange.answer(clientShare);
      sharedSecret = answer.sharedSecret();
      serverHello =
          ServerHello.encode(
              serverRandom, context.suite(), keyExchange.group(), answer.share(), selectedPsk);
    }
    Credentials credentials = resumed ? null : chooseCredentials();
    transcript.update(serverHello);
    serverHelloHash = transcript.hash();
    byte[] extensions =
        EncryptedExtensions.encode(
            context.applicationProtocol(),
            transportParameters,
            context.serverName() != null,
            resumed && candidate != null && candidate.earlyData());
    transcript.update(extensions);
    if (credentials == null) {
      encryptedFlight = extensions;
      return;
    }
    ownUntilMillis = CertificateLifetime.endMillis(credentials.chain());
    byte[] request = new byte[0];
    if (settings.clientAuthentication() != ClientAuthentication.NONE) {
      request = CertificateRequest.encode(authorities());
      transcript.update(request);
    }
    byte[] proof = credentials.prove(true, transcript, settings.publicKeys());
    encryptedFlight =
        new HandshakeWriter(extensions.length + request.length + proof.length)
            .bytes(extensions)
            .bytes(request)
            .bytes(proof)
            .finish();
  }

  /** Whether the client of a session is one that the trust manager accepts now. */
  private boolean isStillTrusted(ServerResumption.Candidate session) {
    List<byte[]> chain = session.session().clientChain();
    if (!chain.isEmpty()) {
      List<X509Certificate> accepted =
          PeerAuthentication.accepted(chain, settings.trustManager(), context);
      if (accepted == null) {
        return false;
      }
      resumedCertificates = accepted;
    }
    resumed = true;
    return true;
  }

  private Credentials chooseCredentials() throws TransportException {
    X509ExtendedKeyManager keyManager = settings.keyManager();
    Credentials credentials =
        keyManager == null
            ? null
            : Credentials.choose(keyManager, context, List.of(), settings.limits());
    if (credentials == null) {
      throw Alert.HANDSHAKE_FAILURE.because(
          "the server has no certificate that the client can verify");
    }
    return credentials;
  }

  private List<X500Principal> authorities() {
    X509ExtendedTrustManager trustManager = settings.trustManager();
    X509Certificate[] issuers = trustManager == null ? null : trustManager.getAcceptedIssuers();
    return issuers == null
        ? List.of()
        : Arrays.stream(issuers).map(X509Certificate::getSubjectX500Principal).distinct().toList();
  }

  /** Whether the session is resumed. */
  boolean resumed() {
    return resumed;
  }

  /** The client's chain of the session that is resumed, accepted. */
  List<X509Certificate> resumedCertificates() {
    return resumedCertificates;
  }

  /** When the server's own chain ends; the largest long where it isn't shown. */
  long ownUntilMillis() {
    return ownUntilMillis;
  }

  byte[] serverHello() {
    return serverHello;
  }

  /** Hash of ClientHello to ServerHello. */
  byte[] serverHelloHash() {
    return serverHelloHash;
  }

  /** EncryptedExtensions to CertificateVerify. */
  byte[] encryptedFlight() {
    return encryptedFlight;
  }

  /** The secret of the key exchange. */
  byte[] sharedSecret() {
    return sharedSecret;
  }

  /** The transcript up to CertificateVerify. */
  Transcript transcript() {
    return transcript;
  }

  @Override
  void erase() {
    KeySchedule.erase(sharedSecret);
    keyExchange.close();
  }
}
