package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's part in resuming sessions: which of the tickets that a client shows is good, whether
 * early data is taken with it, and the tickets that the client gets for later (RFC 8446, 4.2.10,
 * 4.2.11, 4.6.1 and 8).
 *
 * <p>A ticket that isn't ours, is too old, is for another name, protocol, suite or QUIC version, or
 * has no client certificate where one is asked for, is passed over: the handshake is a full one.
 * The same where the trust manager, asked again in the flight's task, no longer accepts the chain
 * in it. Only a ticket that is good with a binder that isn't ends the connection, as RFC 8446
 * demands (4.2.11).
 *
 * <p>A resumed connection has the identity that its session had, and needs no certificate of this
 * server, so that one which was rotated changes nothing. Owned by the thread of its connection.
 */
final class ServerResumption {
  /** Tickets of a ClientHello that are looked at; the rest are passed over. */
  static final int TICKETS_TRIED_MAX = 4;

  /** How far clocks of servers that share a secret may differ. */
  private static final long CLOCK_SKEW_MILLIS = 10_000;

  /**
   * A session to resume, if its client is still trusted.
   *
   * @param index of the identity in the client's list
   * @param schedule with the session's key; the handshake owns it
   * @param earlyData whether early data is taken, and remembered as taken
   */
  record Candidate(ServerSession session, int index, KeySchedule schedule, boolean earlyData) {}

  private final TlsSettings settings;
  private final SessionBinding binding;

  ServerResumption(TlsSettings settings, SessionBinding binding) {
    this.settings = settings;
    this.binding = binding;
  }

  /**
   * The session to resume, or null for a full handshake.
   *
   * @param message the ClientHello
   * @param before the transcript before it, or null where it is the first message
   * @throws TransportException where the binder of a good ticket is wrong
   */
  @Nullable Candidate choose(
      ClientHello hello, byte[] message, HandshakeContext negotiated, @Nullable Transcript before)
      throws TransportException {
    SessionTickets tickets = settings.resumption().tickets();
    OfferedPsks offered = hello.offeredPsks();
    if (tickets == null || offered == null || !hello.offersPskWithKeyExchange()) {
      return null;
    }
    long nowMillis = settings.resumption().nowMillis();
    int tried = Math.min(TICKETS_TRIED_MAX, offered.identities().size());
    for (int index = 0; index < tried; index++) {
      OfferedPsks.Identity identity = offered.identities().get(index);
      ServerSession session = tickets.open(identity.ticket(), nowMillis);
      if (session == null) {
        continue;
      }
      if (isUsable(session, negotiated, nowMillis)) {
        KeySchedule schedule = new KeySchedule(session.suite(), session.psk());
        byte[] truncated = Arrays.copyOf(message, message.length - offered.bindersLength());
        requireBinder(schedule, session, identity, truncated, before);
        boolean early =
            index == 0 && before == null && takesEarlyData(hello, session, identity, nowMillis);
        return new Candidate(session, index, schedule, early);
      }
      session.erase();
    }
    return null;
  }

  private boolean isUsable(ServerSession session, HandshakeContext negotiated, long nowMillis) {
    boolean showedCertificate = !session.clientChain().isEmpty();
    boolean identityFits =
        switch (settings.clientAuthentication()) {
          case REQUIRED -> showedCertificate;
          case WANTED -> true;
          case NONE -> !showedCertificate;
        };
    String name = session.serverName();
    return identityFits
        && nowMillis < session.expiresAtMillis()
        && session.issuedAtMillis() <= nowMillis + CLOCK_SKEW_MILLIS
        && session.quicVersion() == binding.quicVersion().getAsInt()
        && session.suite() == negotiated.suite()
        && session.applicationProtocol().equals(negotiated.applicationProtocol())
        && (name == null ? negotiated.serverName() == null : name.equals(negotiated.serverName()));
  }

  private static void requireBinder(
      KeySchedule schedule,
      ServerSession session,
      OfferedPsks.Identity identity,
      byte[] truncated,
      @Nullable Transcript before)
      throws TransportException {
    Transcript transcript;
    if (before == null) {
      transcript = Transcript.start(session.suite(), truncated);
    } else {
      transcript = before.copy();
      transcript.update(truncated);
    }
    byte[] expected = schedule.binder(transcript.hash());
    if (!MessageDigest.isEqual(expected, identity.binder())) {
      schedule.close();
      session.erase();
      throw Alert.DECRYPT_ERROR.because("the client's binder does not match its ticket");
    }
  }

  private boolean takesEarlyData(
      ClientHello hello, ServerSession session, OfferedPsks.Identity identity, long nowMillis) {
    EarlyDataRegister register = settings.resumption().earlyData();
    if (register == null
        || !hello.offersEarlyData()
        || session.earlyDataRegister() != register.id()
        || !binding.parametersHold().test(session.parameters())) {
      return false;
    }
    long ageMillis = (identity.obfuscatedAge() - session.ageAdd()) & 0xffffffffL;
    return register.take(session.id(), session.issuedAtMillis() + ageMillis, nowMillis);
  }

  /**
   * The NewSessionTicket messages to send once the handshake is complete.
   *
   * @param resumptionSecret of the connection; the caller erases it
   * @param resumed the session that was resumed, or null
   * @param clientChain the client's chain as it came
   * @param untilMillis when the first certificate of either chain ends; of no consequence for a
   *     session that was resumed
   */
  List<byte[]> tickets(
      ClientHello hello,
      HandshakeContext negotiated,
      byte[] resumptionSecret,
      @Nullable ServerSession resumed,
      List<byte[]> clientChain,
      long untilMillis) {
    ResumptionSettings resumption = settings.resumption();
    SessionTickets tickets = resumption.tickets();
    EarlyDataRegister register = resumption.earlyData();
    if (tickets == null || !hello.offersPskWithKeyExchange()) {
      return List.of();
    }
    long nowMillis = resumption.nowMillis();
    long authenticatedUntil =
        resumed != null
            ? resumed.authenticatedUntilMillis()
            : Math.min(untilMillis, nowMillis + ResumptionSettings.TICKET_LIFETIME_MAX.toMillis());
    long lifetimeSeconds =
        Math.min(lifetimeMax(tickets).toMillis(), authenticatedUntil - nowMillis) / 1_000;
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < resumption.ticketsPerConnection() && lifetimeSeconds > 0; i++) {
      byte[] nonce = {(byte) i};
      ServerSession session =
          new ServerSession(
              settings.random().nextLong(),
              KeySchedule.resumptionKey(negotiated.suite(), resumptionSecret, nonce),
              negotiated.suite(),
              binding.quicVersion().getAsInt(),
              negotiated.applicationProtocol(),
              negotiated.serverName(),
              nowMillis,
              nowMillis + lifetimeSeconds * 1_000,
              authenticatedUntil,
              settings.random().nextInt() & 0xffffffffL,
              register == null ? EarlyDataRegister.NONE : register.id(),
              binding.parameters(),
              clientChain);
      byte[] ticket = tickets.seal(session, nowMillis);
      if (ticket != null) {
        messages.add(
            new NewSessionTicket(lifetimeSeconds, session.ageAdd(), nonce, ticket, register != null)
                .encode());
      }
      session.erase();
    }
    return messages;
  }

  private Duration lifetimeMax(SessionTickets tickets) {
    Duration openable = tickets.openableFor();
    Duration allowed = settings.resumption().ticketLifetimeMax();
    return openable.compareTo(allowed) < 0 ? openable : allowed;
  }
}
