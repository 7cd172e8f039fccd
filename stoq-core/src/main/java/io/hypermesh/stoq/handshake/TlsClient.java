package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.handshake.HandshakeEvent.EarlyDataBegun;
import io.hypermesh.stoq.handshake.HandshakeEvent.EarlyDataDecided;
import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.HandshakeEvent.PeerTransportParameters;
import io.hypermesh.stoq.handshake.HandshakeEvent.SessionKept;
import io.hypermesh.stoq.handshake.HandshakeEvent.TrafficSecrets;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client's side (RFC 8446, A.1).
 *
 * <pre>
 *   CHECKING_SESSION (where there is one to resume; task: is its server trusted still?)
 *     │
 *   ClientHello ──▶ WAIT_SERVER_HELLO ◀─┐ HelloRetryRequest, once: ClientHello again
 *                     │ ServerHello ────┘                        ⇒ handshake secrets
 *                   WAIT_ENCRYPTED_EXTENSIONS                    ⇒ peer's transport parameters
 *                     ├─ session resumed ─▶ WAIT_FINISHED        ⇒ own Finished, 1-RTT secrets
 *                     │
 *                   WAIT_CERTIFICATE_OR_REQUEST ─CertificateRequest─▶ WAIT_CERTIFICATE
 *                     │ Certificate                                     │
 *                   WAIT_CERTIFICATE_VERIFY ◀───────────────────────────┘
 *                     │
 *                   WAIT_FINISHED                                ⇒ task: authenticate, sign
 *                     │
 *                   AUTHENTICATING                               ⇒ own flight, 1-RTT secrets
 *                     │ task done
 *                   CONNECTED (NewSessionTicket: kept for later)
 * </pre>
 *
 * <p>The server's Finished is checked before its certificate: it costs little, and nothing is sent
 * or given to the host in between. Owned by the thread of its connection.
 */
final class TlsClient extends TlsHandshake {
  private final ClientHelloOffer offer;
  private final ServerName serverName;
  private final int port;
  private final ClientResumption resumption;
  private boolean earlyDataPending;
  private ClientState state = ClientState.WAIT_SERVER_HELLO;
  private @Nullable KeyExchange keyExchange;
  private byte[] clientHello = new byte[0];
  private @Nullable CipherSuite suite;
  private @Nullable Transcript transcript;
  private @Nullable String applicationProtocol;
  private @Nullable CertificateRequest request;
  private List<byte[]> peerChain = List.of();
  private @Nullable PeerAuthentication peer;

  TlsClient(
      TlsSettings settings,
      ServerName serverName,
      int port,
      byte[] transportParameters,
      ClientResumption resumption) {
    super(settings);
    this.serverName = serverName;
    this.port = port;
    this.resumption = resumption;
    byte[] random = new byte[ClientHello.RANDOM_LENGTH];
    settings.random().nextBytes(random);
    offer = new ClientHelloOffer(settings, serverName, random, transportParameters);
    offer.resumption(resumption);
  }

  /** Sends the ClientHello, or has the session checked first that is to be resumed. */
  void start() {
    SessionCheckTask check = resumption.check(port);
    if (check != null) {
      state = ClientState.CHECKING_SESSION;
      begin(check);
    } else {
      sendClientHello(settings().groups().getFirst(), null, null);
    }
  }

  private void sendClientHello(
      NamedGroup group, byte @Nullable [] cookie, @Nullable Transcript before) {
    KeyExchange exchange = keyExchange;
    if (exchange == null || exchange.group() != group) {
      closeKeyExchange();
      exchange = settings().publicKeys().offer(group, settings().random());
      keyExchange = exchange;
    }
    clientHello = offer.encode(group, exchange.share(), cookie);
    resumption.bind(clientHello, before);
    emit(new CryptoData(EncryptionLevel.INITIAL, clientHello.clone()));
  }

  private void onSessionChecked(SessionCheckTask task) {
    resumption.onChecked(task);
    state = ClientState.WAIT_SERVER_HELLO;
    sendClientHello(settings().groups().getFirst(), null, null);
    ClientSession session = resumption.offered();
    if (session != null && resumption.offersEarlyData()) {
      earlyDataPending = true;
      log("CLIENT_EARLY_TRAFFIC_SECRET", resumption.earlySecret(clientHello));
      emit(
          new TrafficSecrets(
              EncryptionLevel.ZERO_RTT,
              session.suite(),
              null,
              resumption.earlySecret(clientHello)));
      emit(
          new EarlyDataBegun(
              session.applicationProtocol(), resumption.certificates(), serverName.indication()));
    }
  }

  private void decideEarlyData(boolean accepted) {
    if (earlyDataPending) {
      earlyDataPending = false;
      emit(new EarlyDataDecided(accepted));
    }
  }

  @Override
  void handleMessage(int type, byte[] message) throws TransportException {
    switch (type) {
      case HandshakeType.SERVER_HELLO -> onServerHello(message);
      case HandshakeType.ENCRYPTED_EXTENSIONS -> onEncryptedExtensions(message);
      case HandshakeType.CERTIFICATE_REQUEST -> onCertificateRequest(message);
      case HandshakeType.CERTIFICATE -> onCertificate(message);
      case HandshakeType.CERTIFICATE_VERIFY -> onCertificateVerify(message);
      case HandshakeType.FINISHED -> onFinished(message);
      case HandshakeType.NEW_SESSION_TICKET -> onNewSessionTicket(message);
      default -> throw new IllegalStateException("no handler for message type " + type);
    }
  }

  private void onServerHello(byte[] message) throws TransportException {
    ServerHello hello = ServerHello.parse(message, offer);
    if (hello.retry()) {
      onHelloRetryRequest(hello, message);
      return;
    }
    if (suite != null && suite != hello.suite()) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello chooses " + hello.suite() + " after HelloRetryRequest chose " + suite);
    }
    suite = hello.suite();
    KeyExchange exchange = keyExchange;
    if (exchange == null || hello.group() != exchange.group().code()) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello has a key share of group " + hello.group() + ", for which none was sent");
    }
    if (transcript == null) {
      transcript = Transcript.start(hello.suite(), clientHello);
    }
    byte[] sharedSecret = exchange.agree(hello.keyShare());
    closeKeyExchange();
    transcript.update(message);
    KeySchedule schedule = startSchedule(resumption.onServerHello(hello));
    schedule.enterHandshake(sharedSecret, transcript.hash());
    KeySchedule.erase(sharedSecret);
    log("CLIENT_HANDSHAKE_TRAFFIC_SECRET", schedule.clientHandshakeSecret());
    log("SERVER_HANDSHAKE_TRAFFIC_SECRET", schedule.serverHandshakeSecret());
    emit(
        new TrafficSecrets(
            EncryptionLevel.HANDSHAKE,
            hello.suite(),
            schedule.serverHandshakeSecret(),
            schedule.clientHandshakeSecret()));
    state = ClientState.WAIT_ENCRYPTED_EXTENSIONS;
  }

  private void onHelloRetryRequest(ServerHello retry, byte[] message) throws TransportException {
    if (transcript != null) {
      throw Alert.UNEXPECTED_MESSAGE.because("a second HelloRetryRequest");
    }
    KeyExchange exchange = keyExchange;
    NamedGroup current = exchange == null ? null : exchange.group();
    NamedGroup group = current;
    if (retry.group() >= 0) {
      group = NamedGroup.ofCode(retry.group());
      if (group == null || !offer.offers(group) || group == current) {
        throw Alert.ILLEGAL_PARAMETER.because(
            "HelloRetryRequest asks for group "
                + retry.group()
                + ", which was not offered or has a key share already");
      }
    } else if (retry.cookie() == null) {
      throw Alert.ILLEGAL_PARAMETER.because("HelloRetryRequest changes nothing");
    }
    if (group == null) {
      throw new IllegalStateException("couldn't retry: the ephemeral key is gone");
    }
    suite = retry.suite();
    resumption.onRetry(retry.suite());
    decideEarlyData(false); // RFC 8446, 4.2.10
    Transcript retried = Transcript.startWithRetry(retry.suite(), clientHello, message);
    sendClientHello(group, retry.cookie(), retried);
    retried.update(clientHello);
    transcript = retried;
  }

  private void onEncryptedExtensions(byte[] message) throws TransportException {
    EncryptedExtensions extensions = EncryptedExtensions.parse(message, offer);
    transcript().update(message);
    applicationProtocol = extensions.applicationProtocol();
    if (extensions.earlyData()) {
      resumption.onEarlyDataAccepted(suite(), extensions.applicationProtocol());
    }
    decideEarlyData(extensions.earlyData());
    emit(new PeerTransportParameters(extensions.transportParameters()));
    state =
        resumption.isAccepted()
            ? ClientState.WAIT_FINISHED
            : ClientState.WAIT_CERTIFICATE_OR_REQUEST;
  }

  private void onCertificateRequest(byte[] message) throws TransportException {
    request = CertificateRequest.parse(message);
    transcript().update(message);
    state = ClientState.WAIT_CERTIFICATE;
  }

  private void onCertificate(byte[] message) throws TransportException {
    peerChain = CertificateMessage.parse(message, settings().limits());
    if (peerChain.isEmpty()) {
      throw Alert.DECODE_ERROR.because("the server's certificate list is empty");
    }
    transcript().update(message);
    state = ClientState.WAIT_CERTIFICATE_VERIFY;
  }

  private void onCertificateVerify(byte[] message) throws TransportException {
    CertificateVerify verify = CertificateVerify.parse(message);
    peer = new PeerAuthentication(peerChain, verify, transcript().hash());
    transcript().update(message);
    state = ClientState.WAIT_FINISHED;
  }

  private void onFinished(byte[] message) throws TransportException {
    requireFinished(message, schedule().serverFinished(transcript().hash()));
    transcript().update(message);
    schedule().enterApplication(transcript().hash());
    if (resumption.isAccepted()) {
      complete(new byte[0], transcript(), resumption.certificates(), Long.MAX_VALUE);
      return;
    }
    if (peer == null) {
      throw new IllegalStateException("couldn't authenticate: there is no CertificateVerify");
    }
    begin(new AuthenticationTask(settings(), context(), peer, request, transcript().copy()));
    state = ClientState.AUTHENTICATING;
  }

  private HandshakeContext context() {
    return new HandshakeContext(
        true,
        serverName.host(),
        port,
        serverName.indication(),
        suite(),
        applicationProtocol(),
        List.of(),
        List.of());
  }

  @Override
  void handleResult(HandshakeTask task) {
    switch (task) {
      case SessionCheckTask check -> onSessionChecked(check);
      case AuthenticationTask authentication ->
          complete(
              authentication.proof(),
              authentication.transcript(),
              authentication.peerCertificates(),
              authentication.provedUntilMillis());
      case ServerFlightTask flight ->
          throw new IllegalStateException("not a client's task: " + flight.getClass());
    }
  }

  /**
   * Sends the client's flight, whereupon the handshake is complete.
   *
   * @param proof the client's Certificate and CertificateVerify, in the transcript already
   * @param proved the transcript with the proof
   */
  private void complete(
      byte[] proof,
      Transcript proved,
      List<X509Certificate> peerCertificates,
      long ownUntilMillis) {
    KeySchedule schedule = schedule();
    byte[] finished = finishedMessage(schedule.clientFinished(proved.hash()));
    proved.update(finished);
    byte[] resumptionSecret = schedule.resumptionSecret(proved.hash());
    boolean resumed = resumption.isAccepted();
    byte[] flight =
        new HandshakeWriter(proof.length + finished.length).bytes(proof).bytes(finished).finish();
    emit(new CryptoData(EncryptionLevel.HANDSHAKE, flight));
    log("CLIENT_TRAFFIC_SECRET_0", schedule.clientApplicationSecret());
    log("SERVER_TRAFFIC_SECRET_0", schedule.serverApplicationSecret());
    log("EXPORTER_SECRET", schedule.exporterSecret());
    emit(
        new TrafficSecrets(
            EncryptionLevel.ONE_RTT,
            suite(),
            schedule.serverApplicationSecret(),
            schedule.clientApplicationSecret()));
    emit(
        new HandshakeComplete(
            applicationProtocol(),
            peerCertificates,
            serverName.indication(),
            new KeyExporter(suite(), schedule.exporterSecret()),
            resumed));
    eraseSecrets();
    resumption.onComplete(resumptionSecret, peerCertificates, ownUntilMillis);
    forget();
    state = ClientState.CONNECTED;
  }

  private void onNewSessionTicket(byte[] message) throws TransportException {
    NewSessionTicket ticket = NewSessionTicket.parse(message);
    ClientSession session = resumption.onTicket(ticket, suite(), applicationProtocol());
    if (session != null) {
      emit(new SessionKept(session));
    }
  }

  /** Lets go of what only the handshake needed: a connection may idle for days. */
  private void forget() {
    clientHello = new byte[0];
    transcript = null;
    request = null;
    peerChain = List.of();
    peer = null;
  }

  private void log(String label, byte[] secret) {
    log(label, offer.random(), secret);
    KeySchedule.erase(secret);
  }

  private void closeKeyExchange() {
    if (keyExchange != null) {
      keyExchange.close();
      keyExchange = null;
    }
  }

  @Override
  void eraseSecrets() {
    super.eraseSecrets();
    closeKeyExchange();
    resumption.close();
  }

  private Transcript transcript() {
    if (transcript == null) {
      throw new IllegalStateException("couldn't hash the transcript in state " + state);
    }
    return transcript;
  }

  private CipherSuite suite() {
    if (suite == null) {
      throw new IllegalStateException("no cipher suite in state " + state);
    }
    return suite;
  }

  private String applicationProtocol() {
    if (applicationProtocol == null) {
      throw new IllegalStateException("no ALPN protocol in state " + state);
    }
    return applicationProtocol;
  }

  @Override
  public boolean isComplete() {
    return state == ClientState.CONNECTED;
  }

  @Override
  HandshakeState state() {
    return state;
  }
}
