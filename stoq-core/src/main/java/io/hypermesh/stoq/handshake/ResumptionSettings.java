package io.hypermesh.stoq.handshake;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * How the handshakes of an endpoint resume sessions (RFC 8446, 2.2).
 *
 * @param tickets seals a server's tickets; null for a server that neither gives nor takes any
 * @param ticketsPerConnection how many a server gives once a handshake is complete
 * @param ticketLifetimeMax how long a ticket may be used at most; certificates and the sealing key
 *     may end it sooner
 * @param earlyData has a server take early data; null for one that takes none
 * @param keepsSessions whether a client asks for tickets and gives out what it needs to resume
 * @param clock wall clock: certificates and tickets are measured by it
 */
public record ResumptionSettings(
    @Nullable SessionTickets tickets,
    int ticketsPerConnection,
    Duration ticketLifetimeMax,
    @Nullable EarlyDataRegister earlyData,
    boolean keepsSessions,
    InstantSource clock) {
  /** The longest life of a ticket (RFC 8446, 4.6.1). */
  public static final Duration TICKET_LIFETIME_MAX = Duration.ofDays(7);

  /** More tickets than this for one connection help nobody. */
  public static final int TICKETS_PER_CONNECTION_MAX = 8;

  /** Every handshake is a full one; its clock stands still, since there is nothing to measure. */
  public static final ResumptionSettings NONE =
      new ResumptionSettings(null, 0, TICKET_LIFETIME_MAX, null, false, () -> Instant.EPOCH);

  public ResumptionSettings {
    if (ticketsPerConnection < 0 || ticketsPerConnection > TICKETS_PER_CONNECTION_MAX) {
      throw new IllegalArgumentException(
          "ticketsPerConnection is from 0 to 8: " + ticketsPerConnection);
    }
    if (ticketLifetimeMax.toSeconds() < 1 || ticketLifetimeMax.compareTo(TICKET_LIFETIME_MAX) > 0) {
      throw new IllegalArgumentException(
          "ticketLifetimeMax is from a second to seven days: " + ticketLifetimeMax);
    }
  }

  long nowMillis() {
    return clock.millis();
  }
}
