package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.handshake.HandshakeEvent.EarlyDataBegun;
import io.hypermesh.stoq.handshake.HandshakeEvent.EarlyDataDecided;
import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.HandshakeEvent.PeerTransportParameters;
import io.hypermesh.stoq.handshake.HandshakeEvent.TrafficSecrets;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's side (RFC 8446, A.2).
 *
 * <pre>
 *   WAIT_CLIENT_HELLO ◀─┐ no usable key share, once: HelloRetryRequest
 *     │ ClientHello ────┘                     ⇒ peer's transport parameters; task: agree, sign
 *   NEGOTIATING
 *     │ task done                             ⇒ ServerHello … Finished, handshake secrets,
 *     │                                         1-RTT write secret; the one of early data
 *     ├─ session resumed ──────────────────────────────────────────────▶ WAIT_FINISHED
 *     ├─ certificate asked for ─▶ WAIT_CERTIFICATE ─ it has one ─▶ WAIT_CERTIFICATE_VERIFY
 *     │                             │ it has none, and may           │
 *   WAIT_FINISHED ◀─────────────────┴───────────────────────────────┘
 *     │ Finished                              ⇒ task: authenticate, where it showed a certificate
 *   AUTHENTICATING
 *     │ task done                             ⇒ 1-RTT read secret
 *   CONNECTED                                 ⇒ NewSessionTickets
 * </pre>
 *
 * <p>The 1-RTT write secret comes before the client is authenticated, as in RFC 9001 (figure 5): a
 * server that asks for certificates sends nothing confidential with it before the handshake is
 * complete. Owned by the thread of its connection.
 */
final class TlsServer extends TlsHandshake {
  private final byte[] transportParameters;
  private final ServerResumption resumption;
  private ServerResumption.@Nullable Candidate candidate;
  private byte[] earlySecret = new byte[0];
  private List<X509Certificate> resumedCertificates = List.of();
  private long ownUntilMillis = Long.MAX_VALUE;
  private ServerState state = ServerState.WAIT_CLIENT_HELLO;
  private @Nullable ClientHello retriedHello;
  private @Nullable NamedGroup retriedGroup;
  private @Nullable ClientHello clientHello;
  private @Nullable HandshakeContext context;
  private @Nullable Transcript transcript;
  private List<byte[]> peerChain = List.of();
  private @Nullable PeerAuthentication peer;

  TlsServer(TlsSettings settings, byte[] transportParameters, SessionBinding binding) {
    super(settings);
    this.transportParameters = transportParameters;
    this.resumption = new ServerResumption(settings, binding);
  }

  /** Is complete. */
  TlsServer(TlsSettings settings) {
    this(settings, new byte[0], SessionBinding.withoutEarlyData());
    state = ServerState.CONNECTED;
  }

  @Override
  void handleMessage(int type, byte[] message) throws TransportException {
    switch (type) {
      case HandshakeType.CLIENT_HELLO -> onClientHello(message);
      case HandshakeType.CERTIFICATE -> onCertificate(message);
      case HandshakeType.CERTIFICATE_VERIFY -> onCertificateVerify(message);
      case HandshakeType.FINISHED -> onFinished(message);
      default -> throw new IllegalStateException("no handler for message type " + type);
    }
  }

  private void onClientHello(byte[] message) throws TransportException {
    ClientHello hello = ClientHello.parse(message);
    CipherSuite suite = chooseSuite(hello);
    String protocol = chooseProtocol(hello);
    if (retriedHello != null && retriedGroup != null) {
      hello.requireAnswers(retriedHello, retriedGroup);
      negotiate(hello, message, suite, protocol, retriedGroup);
      return;
    }
    NamedGroup group = chooseSharedGroup(hello);
    if (group == null) {
      retry(hello, suite, message);
      return;
    }
    negotiate(hello, message, suite, protocol, group);
  }

  private CipherSuite chooseSuite(ClientHello hello) throws TransportException {
    for (CipherSuite suite : settings().cipherSuites()) {
      if (hello.offersSuite(suite.code())) {
        return suite;
      }
    }
    throw Alert.HANDSHAKE_FAILURE.because("the client offers no cipher suite of ours");
  }

  private String chooseProtocol(ClientHello hello) throws TransportException {
    for (String protocol : settings().applicationProtocols()) {
      if (hello.applicationProtocols().contains(protocol)) {
        return protocol;
      }
    }
    throw Alert.NO_APPLICATION_PROTOCOL.because("the client offers no ALPN protocol of ours");
  }

  /**
   * The first group of the client's shares that is one of ours, or null. The client's order, for
   * the shares are in it (RFC 8446, 4.2.8), and a larger one that it paid for is to be used.
   */
  private @Nullable NamedGroup chooseSharedGroup(ClientHello hello) {
    for (ClientHello.KeyShare share : hello.keyShares()) {
      NamedGroup group = NamedGroup.ofCode(share.group());
      if (group != null && settings().groups().contains(group)) {
        return group;
      }
    }
    return null;
  }

  private void retry(ClientHello hello, CipherSuite suite, byte[] message)
      throws TransportException {
    for (NamedGroup group : settings().groups()) {
      if (hello.supportsGroup(group.code())) {
        byte[] retry = ServerHello.encodeRetry(suite, group);
        transcript = Transcript.startWithRetry(suite, message, retry);
        retriedHello = hello;
        retriedGroup = group;
        emit(new CryptoData(EncryptionLevel.INITIAL, retry));
        if (hello.offersEarlyData()) {
          emit(new EarlyDataDecided(false)); // RFC 8446, 4.2.10
        }
        return;
      }
    }
    throw Alert.HANDSHAKE_FAILURE.because("the client supports no group of ours");
  }

  private void negotiate(
      ClientHello hello, byte[] message, CipherSuite suite, String protocol, NamedGroup group)
      throws TransportException {
    byte[] share = hello.keyShare(group);
    if (share == null) {
      throw Alert.ILLEGAL_PARAMETER.because("the client sent no key share of group " + group);
    }
    clientHello = hello;
    HandshakeContext negotiated =
        new HandshakeContext(
            false,
            null,
            -1,
            hello.serverName(),
            suite,
            protocol,
            hello.signatureSchemes(),
            hello.certificateSchemes(),
            List.of());
    context = negotiated;
    candidate = resumption.choose(hello, message, negotiated, transcript);
    if (transcript == null) {
      transcript = Transcript.start(suite, message);
    } else {
      transcript.update(message);
    }
    if (candidate != null) {
      startSchedule(candidate.schedule());
      earlySecret = candidate.schedule().earlySecret(transcript.hash());
    }
    emit(new PeerTransportParameters(hello.transportParameters()));
    byte[] random = new byte[ClientHello.RANDOM_LENGTH];
    settings().random().nextBytes(random);
    begin(
        new ServerFlightTask(
            settings(),
            negotiated,
            settings().publicKeys().answer(group, settings().random()),
            share,
            random,
            transportParameters,
            transcript().copy(),
            candidate));
    state = ServerState.NEGOTIATING;
  }

  @Override
  void handleResult(HandshakeTask task) {
    switch (task) {
      case ServerFlightTask flight -> sendFlight(flight);
      case AuthenticationTask authentication -> complete(authentication.peerCertificates());
      case SessionCheckTask check ->
          throw new IllegalStateException("not a server's task: " + check.getClass());
    }
  }

  /** What the flight's task has found out about the session that could be resumed. */
  private KeySchedule settleResumption(ServerFlightTask flight) {
    ServerResumption.Candidate chosen = candidate;
    ownUntilMillis = flight.ownUntilMillis();
    HandshakeContext negotiated = context();
    boolean early = false;
    if (flight.resumed()) {
      resumedCertificates = flight.resumedCertificates();
      if (chosen != null && chosen.earlyData()) {
        early = true;
        log("CLIENT_EARLY_TRAFFIC_SECRET", earlySecret.clone());
        emit(
            new TrafficSecrets(
                EncryptionLevel.ZERO_RTT, negotiated.suite(), earlySecret.clone(), null));
        emit(
            new EarlyDataBegun(
                negotiated.applicationProtocol(), resumedCertificates, negotiated.serverName()));
      }
    } else if (chosen != null) {
      chosen.session().erase();
      candidate = null;
    }
    KeySchedule.erase(earlySecret);
    if (!early && clientHello != null && clientHello.offersEarlyData()) {
      emit(new EarlyDataDecided(false));
    }
    return flight.resumed() ? schedule() : startSchedule(new KeySchedule(negotiated.suite()));
  }

  private void sendFlight(ServerFlightTask flight) {
    CipherSuite suite = context().suite();
    Transcript flightTranscript = flight.transcript();
    transcript = flightTranscript;
    KeySchedule schedule = settleResumption(flight);
    schedule.enterHandshake(flight.sharedSecret(), flight.serverHelloHash());
    log("CLIENT_HANDSHAKE_TRAFFIC_SECRET", schedule.clientHandshakeSecret());
    log("SERVER_HANDSHAKE_TRAFFIC_SECRET", schedule.serverHandshakeSecret());
    emit(new CryptoData(EncryptionLevel.INITIAL, flight.serverHello()));
    emit(
        new TrafficSecrets(
            EncryptionLevel.HANDSHAKE,
            suite,
            schedule.clientHandshakeSecret(),
            schedule.serverHandshakeSecret()));
    byte[] finished = finishedMessage(schedule.serverFinished(flightTranscript.hash()));
    flightTranscript.update(finished);
    byte[] encrypted = flight.encryptedFlight();
    emit(
        new CryptoData(
            EncryptionLevel.HANDSHAKE,
            new HandshakeWriter(encrypted.length + finished.length)
                .bytes(encrypted)
                .bytes(finished)
                .finish()));
    schedule.enterApplication(flightTranscript.hash());
    log("CLIENT_TRAFFIC_SECRET_0", schedule.clientApplicationSecret());
    log("SERVER_TRAFFIC_SECRET_0", schedule.serverApplicationSecret());
    log("EXPORTER_SECRET", schedule.exporterSecret());
    emit(
        new TrafficSecrets(
            EncryptionLevel.ONE_RTT, suite, null, schedule.serverApplicationSecret()));
    state =
        flight.resumed() || settings().clientAuthentication() == ClientAuthentication.NONE
            ? ServerState.WAIT_FINISHED
            : ServerState.WAIT_CERTIFICATE;
  }

  private void onCertificate(byte[] message) throws TransportException {
    peerChain = CertificateMessage.parse(message, settings().limits());
    if (peerChain.isEmpty() && settings().clientAuthentication() == ClientAuthentication.REQUIRED) {
      throw Alert.CERTIFICATE_REQUIRED.because("the client has no certificate");
    }
    transcript().update(message);
    state = peerChain.isEmpty() ? ServerState.WAIT_FINISHED : ServerState.WAIT_CERTIFICATE_VERIFY;
  }

  private void onCertificateVerify(byte[] message) throws TransportException {
    CertificateVerify verify = CertificateVerify.parse(message);
    peer = new PeerAuthentication(peerChain, verify, transcript().hash());
    transcript().update(message);
    state = ServerState.WAIT_FINISHED;
  }

  private void onFinished(byte[] message) throws TransportException {
    requireFinished(message, schedule().clientFinished(transcript().hash()));
    transcript().update(message);
    if (peer == null) {
      complete(resumedCertificates);
      return;
    }
    begin(new AuthenticationTask(settings(), context(), peer, null, transcript().copy()));
    state = ServerState.AUTHENTICATING;
  }

  private void complete(List<X509Certificate> peerCertificates) {
    HandshakeContext negotiated = context();
    emit(
        new TrafficSecrets(
            EncryptionLevel.ONE_RTT,
            negotiated.suite(),
            schedule().clientApplicationSecret(),
            null));
    ServerResumption.Candidate resumed = candidate;
    emit(
        new HandshakeComplete(
            negotiated.applicationProtocol(),
            peerCertificates,
            negotiated.serverName(),
            new KeyExporter(negotiated.suite(), schedule().exporterSecret()),
            resumed != null));
    sendTickets(negotiated, peerCertificates, resumed == null ? null : resumed.session());
    eraseSecrets();
    forget();
    state = ServerState.CONNECTED;
  }

  private void sendTickets(
      HandshakeContext negotiated,
      List<X509Certificate> peerCertificates,
      @Nullable ServerSession resumed) {
    if (clientHello == null || settings().resumption().tickets() == null) {
      return;
    }
    byte[] secret = schedule().resumptionSecret(transcript().hash());
    long untilMillis = Math.min(CertificateLifetime.endMillis(peerCertificates), ownUntilMillis);
    List<byte[]> chain = resumed == null ? peerChain : resumed.clientChain();
    for (byte[] ticket :
        resumption.tickets(clientHello, negotiated, secret, resumed, chain, untilMillis)) {
      emit(new CryptoData(EncryptionLevel.ONE_RTT, ticket));
    }
    KeySchedule.erase(secret);
  }

  @Override
  void eraseSecrets() {
    super.eraseSecrets();
    KeySchedule.erase(earlySecret);
    if (candidate != null) {
      candidate.session().erase();
      candidate = null;
    }
  }

  /** Lets go of what only the handshake needed: a connection may idle for days. */
  private void forget() {
    retriedHello = null;
    clientHello = null;
    context = null;
    transcript = null;
    peerChain = List.of();
    resumedCertificates = List.of();
    peer = null;
  }

  private void log(String label, byte[] secret) {
    if (clientHello != null) {
      log(label, clientHello.random(), secret);
    }
    KeySchedule.erase(secret);
  }

  private HandshakeContext context() {
    if (context == null) {
      throw new IllegalStateException("nothing is negotiated in state " + state);
    }
    return context;
  }

  private Transcript transcript() {
    if (transcript == null) {
      throw new IllegalStateException("couldn't hash the transcript in state " + state);
    }
    return transcript;
  }

  @Override
  public boolean isComplete() {
    return state == ServerState.CONNECTED;
  }

  @Override
  HandshakeState state() {
    return state;
  }
}
