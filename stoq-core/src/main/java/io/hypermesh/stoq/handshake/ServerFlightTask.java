package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;

/**
 * Makes the server's first flight up to its CertificateVerify: chooses the certificate, agrees on
 * the key, writes the messages and signs.
 */
final class ServerFlightTask extends HandshakeTask {
  private final TlsSettings settings;
  private final HandshakeContext context;
  private final KeyExchange keyExchange;
  private final byte[] clientShare;
  private final byte[] serverRandom;
  private byte[] transportParameters;
  private final Transcript transcript;
  private byte[] serverHello = new byte[0];
  private byte[] serverHelloHash = new byte[0];
  private byte[] encryptedFlight = new byte[0];
  private byte[] sharedSecret = new byte[0];

  /**
   * @param keyExchange the server's ephemeral key; the task owns and erases it
   * @param transcript a copy of the handshake's, up to the ClientHello
   */
  ServerFlightTask(
      TlsSettings settings,
      HandshakeContext context,
      KeyExchange keyExchange,
      byte[] clientShare,
      byte[] serverRandom,
      byte[] transportParameters,
      Transcript transcript) {
    this.settings = settings;
    this.context = context;
    this.keyExchange = keyExchange;
    this.clientShare = clientShare;
    this.serverRandom = serverRandom;
    this.transportParameters = transportParameters;
    this.transcript = transcript;
  }

  /** Other parameters to send; before the task is handed out. */
  void transportParameters(byte[] encoded) {
    transportParameters = encoded;
  }

  @Override
  void execute() throws TransportException, AuthenticationException {
    try (keyExchange) {
      KeyExchange.Answer answer = keyExchange.answer(clientShare);
      sharedSecret = answer.sharedSecret();
      serverHello =
          ServerHello.encode(serverRandom, context.suite(), keyExchange.group(), answer.share());
    }
    Credentials credentials = chooseCredentials();
    transcript.update(serverHello);
    serverHelloHash = transcript.hash();
    byte[] extensions =
        EncryptedExtensions.encode(
            context.applicationProtocol(), transportParameters, context.serverName() != null);
    transcript.update(extensions);
    byte[] request = new byte[0];
    if (settings.clientAuthentication() != ClientAuthentication.NONE) {
      request = CertificateRequest.encode(authorities());
      transcript.update(request);
    }
    byte[] proof = credentials.prove(true, transcript);
    encryptedFlight =
        new HandshakeWriter(extensions.length + request.length + proof.length)
            .bytes(extensions)
            .bytes(request)
            .bytes(proof)
            .finish();
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
