package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client's part in resuming sessions: the session that it offers, what becomes of the offer, and
 * the tickets that it gets for later (RFC 8446, 4.2.10, 4.2.11 and 4.6.1).
 *
 * <pre>
 *   session given ──▶ CHECKED by the trust manager ──▶ OFFERED ──▶ ACCEPTED (the server chose it)
 *        └ unusable, or not trusted any more ─────────────┴──────▶ NONE: a full handshake
 * </pre>
 *
 * <p>A session is offered once and then erased, whatever comes of it: tickets that are used twice
 * let an observer link connections (C.4). Owned by the thread of its connection.
 */
final class ClientResumption {
  /** Tickets of one connection that are kept; further ones are only checked. */
  static final int TICKETS_KEPT_MAX = 8;

  private final TlsSettings settings;
  private final ServerName serverName;
  private final IntSupplier quicVersion;
  private final boolean earlyDataWanted;
  private @Nullable ClientSession session;
  private @Nullable KeySchedule schedule;
  private List<X509Certificate> certificates = List.of();
  private boolean wasOffered;
  private boolean accepted;
  private boolean earlyDataOffered;
  private byte[] resumptionSecret = new byte[0];
  private long authenticatedUntilMillis;
  private int ticketsKept;

  ClientResumption(
      TlsSettings settings,
      ServerName serverName,
      IntSupplier quicVersion,
      @Nullable ClientSession session,
      boolean earlyDataWanted) {
    this.settings = settings;
    this.serverName = serverName;
    this.quicVersion = quicVersion;
    this.earlyDataWanted = earlyDataWanted;
    this.session = session;
    if (session != null && !isUsable(session)) {
      dropSession();
    }
  }

  private boolean isUsable(ClientSession offered) {
    return offered.quicVersion() == quicVersion.getAsInt()
        && offered.serverHost().equals(serverName.host())
        && settings.applicationProtocols().contains(offered.applicationProtocol())
        && settings.cipherSuites().contains(offered.suite())
        && settings.resumption().nowMillis() < offered.expiresAtMillis();
  }

  // ---- Before the ClientHello ----

  /** The task that has to run before the session may be offered; null where there is none. */
  @Nullable SessionCheckTask check(int port) {
    ClientSession offered = session;
    if (offered == null) {
      return null;
    }
    HandshakeContext context =
        new HandshakeContext(
            true,
            serverName.host(),
            port,
            serverName.indication(),
            offered.suite(),
            offered.applicationProtocol(),
            List.of(),
            List.of());
    return new SessionCheckTask(settings.trustManager(), context, offered.serverChain());
  }

  void onChecked(SessionCheckTask task) {
    certificates = task.certificates();
    ClientSession offered = session;
    if (offered == null || certificates.isEmpty()) {
      dropSession();
      return;
    }
    schedule = new KeySchedule(offered.suite(), offered.psk());
    wasOffered = true;
    earlyDataOffered = earlyDataWanted && offered.allowsEarlyData();
  }

  // ---- The ClientHello ----

  /** The session to offer, or null. */
  @Nullable ClientSession offered() {
    return schedule == null ? null : session;
  }

  /** Whether the ClientHello that comes next announces early data. */
  boolean offersEarlyData() {
    return earlyDataOffered;
  }

  long obfuscatedAge(ClientSession offered) {
    return offered.obfuscatedAge(settings.resumption().nowMillis());
  }

  /**
   * Puts the binder at the end of a ClientHello that offers the session (4.2.11.2).
   *
   * @param before the transcript before this message, or null where it is the first
   */
  void bind(byte[] clientHello, @Nullable Transcript before) {
    KeySchedule keys = schedule;
    ClientSession offered = session;
    if (keys == null || offered == null) {
      return;
    }
    int binderLength = offered.suite().hashLength();
    int end = clientHello.length - OfferedPsks.bindersLength(binderLength);
    byte[] truncated = Arrays.copyOf(clientHello, end);
    Transcript transcript;
    if (before == null) {
      transcript = Transcript.start(offered.suite(), truncated);
    } else {
      transcript = before.copy();
      transcript.update(truncated);
    }
    byte[] binder = keys.binder(transcript.hash());
    System.arraycopy(binder, 0, clientHello, clientHello.length - binderLength, binderLength);
  }

  /** The secret that early data is protected with; secret. */
  byte[] earlySecret(byte[] clientHello) {
    ClientSession offered = session;
    KeySchedule keys = schedule;
    if (keys == null || offered == null) {
      throw new IllegalStateException("couldn't derive keys: no session is offered");
    }
    return keys.earlySecret(Transcript.start(offered.suite(), clientHello).hash());
  }

  // ---- The server's answers ----

  /** A HelloRetryRequest: there is no early data any more, nor a session of another hash. */
  void onRetry(CipherSuite suite) {
    earlyDataOffered = false;
    ClientSession offered = session;
    if (offered != null && !offered.suite().hashAlgorithm().equals(suite.hashAlgorithm())) {
      dropSession();
      wasOffered = false;
    }
  }

  /** Whether the newest ClientHello offers a session, whatever became of the offer. */
  boolean wasOffered() {
    return wasOffered;
  }

  /**
   * ServerHello's choice.
   *
   * @return the key schedule with the session's key where it was chosen, else a new one without
   */
  KeySchedule onServerHello(ServerHello hello) throws TransportException {
    ClientSession offered = session;
    KeySchedule keys = schedule;
    if (hello.selectedPsk() < 0) {
      dropSession();
      return new KeySchedule(hello.suite());
    }
    if (offered == null || keys == null) {
      throw new IllegalStateException("pre_shared_key was not offered and not refused");
    }
    if (hello.selectedPsk() != 0
        || !offered.suite().hashAlgorithm().equals(hello.suite().hashAlgorithm())) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello chooses the pre-shared key "
              + hello.selectedPsk()
              + " for "
              + hello.suite()
              + ", where 0 was offered for "
              + offered.suite());
    }
    accepted = true;
    schedule = null; // the handshake's from now on
    return keys;
  }

  /** Checks that the server could accept early data where it says so (4.2.10). */
  void onEarlyDataAccepted(CipherSuite suite, String protocol) throws TransportException {
    ClientSession offered = session;
    if (!accepted
        || offered == null
        || offered.suite() != suite
        || !offered.applicationProtocol().equals(protocol)) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "the server accepts early data without its session, or for another suite or protocol");
    }
  }

  /** Whether the server resumed the session. */
  boolean isAccepted() {
    return accepted;
  }

  /** The server's chain from the session, accepted by the trust manager again. */
  List<X509Certificate> certificates() {
    return certificates;
  }

  // ---- Tickets for later ----

  /**
   * The handshake is complete.
   *
   * @param secret the resumption secret; owned by this object from now on
   * @param peerChain the server's
   * @param ownUntilMillis when the client's own chain ends, where it showed one
   */
  void onComplete(byte[] secret, List<X509Certificate> peerChain, long ownUntilMillis) {
    ClientSession resumed = session;
    authenticatedUntilMillis = Math.min(CertificateLifetime.endMillis(peerChain), ownUntilMillis);
    if (resumed != null) {
      // What resumes a session lives no longer than it.
      authenticatedUntilMillis = Math.min(authenticatedUntilMillis, resumed.expiresAtMillis());
    }
    certificates = peerChain;
    resumptionSecret = secret;
    dropSession();
  }

  /** What to keep of a ticket; null where it isn't worth it. */
  @Nullable ClientSession onTicket(NewSessionTicket ticket, CipherSuite suite, String protocol) {
    long nowMillis = settings.resumption().nowMillis();
    long expiresAtMillis =
        Math.min(nowMillis + ticket.lifetimeSeconds() * 1_000, authenticatedUntilMillis);
    if (!settings.resumption().keepsSessions()
        || resumptionSecret.length == 0
        || ticketsKept >= TICKETS_KEPT_MAX
        || expiresAtMillis <= nowMillis) {
      return null;
    }
    List<byte[]> chain = new ArrayList<>();
    for (X509Certificate certificate : certificates) {
      try {
        chain.add(certificate.getEncoded());
      } catch (CertificateEncodingException e) {
        return null; // a full handshake will do as well
      }
    }
    ticketsKept++;
    return new ClientSession(
        quicVersion.getAsInt(),
        suite,
        protocol,
        serverName.host(),
        ticket.ticket(),
        ticket.ageAdd(),
        KeySchedule.resumptionKey(suite, resumptionSecret, ticket.nonce()),
        ticket.allowsEarlyData(),
        nowMillis,
        expiresAtMillis,
        chain,
        new byte[0]);
  }

  private void dropSession() {
    if (session != null) {
      session.erase();
      session = null;
    }
    if (schedule != null) {
      schedule.close();
      schedule = null;
    }
  }

  /** Erases every secret. */
  void close() {
    dropSession();
    KeySchedule.erase(resumptionSecret);
    resumptionSecret = new byte[0];
  }
}
