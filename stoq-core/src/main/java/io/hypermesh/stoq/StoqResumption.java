package io.hypermesh.stoq;

import io.hypermesh.stoq.endpoint.EndpointSecret;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How an endpoint resumes connections (RFC 8446, 2.2), and whether it takes early data (2.3).
 * Immutable.
 *
 * <p><b>Resumption.</b> A server gives its clients tickets; a client with a {@link
 * StoqSessionStore} uses each once for a later connection, which then needs no signature and no
 * certificate on the wire. Both hosts see the same verified chain as on the first connection: the
 * client's chain travels in its ticket, sealed, and each side asks its trust manager for the chain
 * again before it resumes, so that a certificate which was revoked or has expired since resumes
 * nothing. No ticket lives longer than seven days after the certificates were proved, nor than the
 * first of them. A server that requires client certificates resumes only what had one. A
 * certificate that is rotated in the server's key manager doesn't end sessions; the client goes on
 * seeing the chain that it verified. A ticket is not given to a client whose chain makes it longer
 * than 4 KiB, as chains of ML-DSA certificates do. Tickets outlive the endpoint where the host
 * keeps its {@link StoqEndpointBuilder#secret secret} and the ticket lifetime: started anew with
 * both, it resumes what was given before.
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="resumption"}
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="resumed"}
 *
 * <p><b>Early data, and replay.</b> A client that resumes can send data with its very first packet.
 * Whoever records that packet can send it again, to this server or to another that shares its
 * secret, and the server can't tell a copy from the original when it comes: the handshake that
 * would prove it isn't complete. Early data also isn't protected if the server's ticket key leaks
 * later. So it is off on both sides unless asked for, and is only for requests that may be carried
 * out twice without harm. With {@link Builder#acceptReplayableEarlyData} a server takes a ticket's
 * early data once, and only within {@link Builder#earlyDataWindow} of the time at which it should
 * arrive, and only with tickets that this endpoint gave itself since it was started. Several with
 * one {@link StoqEndpointBuilder#secret secret}, or one that was started anew, resume each other's
 * sessions, but without early data: what the others have taken, no endpoint can know. Until {@link
 * StoqConnection#isHandshakeConfirmed()}, what came may be a copy: {@link
 * StoqStream#isReplayable()} says so, and {@link StoqConnection#handshakeConfirmed()} lets a host
 * wait. Where client certificates are required, the identity of a client that sends early data is
 * that of its ticket, which the trust manager has accepted again.
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="acceptEarlyData"}
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="confirmEarlyData"}
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="earlyData"}
 */
public final class StoqResumption {
  private static final String TICKET_LABEL = "stoq session ticket";

  private final int ticketsPerConnection;
  private final Duration ticketLifetime;
  private final @Nullable StoqSessionStore sessionStore;
  private final boolean replayableEarlyData;
  private final int earlyDataTicketsMax;
  private final Duration earlyDataWindow;

  private StoqResumption(Builder builder) {
    ticketsPerConnection = builder.ticketsPerConnection;
    ticketLifetime = builder.ticketLifetime;
    sessionStore = builder.sessionStore;
    replayableEarlyData = builder.replayableEarlyData;
    earlyDataTicketsMax = builder.earlyDataTicketsMax;
    earlyDataWindow = builder.earlyDataWindow;
  }

  /** The defaults: a server gives two tickets, a client keeps none, there is no early data. */
  public static StoqResumption defaults() {
    return builder().build();
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  @Nullable StoqSessionStore sessionStore() {
    return sessionStore;
  }

  boolean takesEarlyData() {
    return replayableEarlyData;
  }

  /**
   * For an endpoint that begins now.
   *
   * @param secret what tickets are sealed with is derived from it
   * @param wallClock for the ages of tickets
   * @param earlyData what remembers early data, {@link #register}
   */
  ResumptionSettings settings(
      EndpointSecret secret,
      SecureRandom random,
      InstantSource wallClock,
      @Nullable EarlyDataRegister earlyData) {
    return new ResumptionSettings(
        ticketsPerConnection == 0 ? null : tickets(secret, random),
        ticketsPerConnection,
        ticketLifetime,
        earlyData,
        sessionStore != null,
        wallClock);
  }

  /**
   * What remembers the early data that an endpoint has taken; null where it takes none.
   *
   * @param shared by several threads
   */
  @Nullable EarlyDataRegister register(SecureRandom random, boolean shared) {
    if (!replayableEarlyData) {
      return null;
    }
    return shared
        ? new SharedEarlyDataRegister(random.nextLong(), earlyDataTicketsMax, earlyDataWindow)
        : new EarlyDataRegister(random.nextLong(), earlyDataTicketsMax, earlyDataWindow);
  }

  private SessionTickets tickets(EndpointSecret secret, SecureRandom random) {
    byte[] key = secret.derive(TICKET_LABEL, SessionTickets.SECRET_LENGTH);
    SessionTickets tickets = new SessionTickets(key, ticketLifetime, random);
    Arrays.fill(key, (byte) 0);
    return tickets;
  }

  /**
   * Builds settings. Each setter checks its value and throws {@link IllegalArgumentException} where
   * it is out of range. Not safe for use by several threads.
   */
  public static final class Builder {
    private int ticketsPerConnection = 2;
    private Duration ticketLifetime = Duration.ofHours(24);
    private @Nullable StoqSessionStore sessionStore;
    private boolean replayableEarlyData;
    private int earlyDataTicketsMax = 65_536;
    private Duration earlyDataWindow = Duration.ofSeconds(10);

    private Builder() {}

    /**
     * Tickets that a server gives once a handshake is complete: 0, for a server that resumes
     * nothing, to 8; 2 unless set.
     */
    public Builder ticketsPerConnection(int value) {
      if (value < 0 || value > ResumptionSettings.TICKETS_PER_CONNECTION_MAX) {
        throw new IllegalArgumentException(
            "couldn't set ticketsPerConnection because it is out of 0 to 8: " + value);
      }
      ticketsPerConnection = value;
      return this;
    }

    /**
     * How long a ticket may be used, and the key that seals tickets: 1 minute to 7 days, 24 hours
     * unless set.
     */
    public Builder ticketLifetime(Duration value) {
      ticketLifetime =
          inRange(
              "ticketLifetime",
              value,
              Duration.ofMinutes(1),
              ResumptionSettings.TICKET_LIFETIME_MAX);
      return this;
    }

    /** Where a client keeps sessions; none unless set, and then every connection is a new one. */
    public Builder sessionStore(StoqSessionStore value) {
      sessionStore = value;
      return this;
    }

    /**
     * Has a server take early data, <b>which may be a replay</b> until the handshake is confirmed:
     * the host has to carry out nothing before that which mustn't happen twice. See the class. Off
     * unless called.
     */
    public Builder acceptReplayableEarlyData() {
      replayableEarlyData = true;
      return this;
    }

    /**
     * Tickets with early data that are remembered, for two windows at most twice as many; past
     * that, early data is refused until some are forgotten: 1 to 16,777,216, 65,536 unless set.
     */
    public Builder earlyDataTicketsMax(int value) {
      if (value < 1 || value > 1 << 24) {
        throw new IllegalArgumentException(
            "couldn't set earlyDataTicketsMax because it is out of 1 to 16,777,216: " + value);
      }
      earlyDataTicketsMax = value;
      return this;
    }

    /**
     * How much earlier or later than by its ticket's age early data may arrive: 100 ms to 10 min,
     * 10 s unless set. Wider lets clocks differ more and has more to remember.
     */
    public Builder earlyDataWindow(Duration value) {
      earlyDataWindow =
          inRange("earlyDataWindow", value, Duration.ofMillis(100), Duration.ofMinutes(10));
      return this;
    }

    /** The settings. */
    public StoqResumption build() {
      return new StoqResumption(this);
    }

    private static Duration inRange(String name, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            "couldn't set " + name + " because it is out of " + min + " to " + max + ": " + value);
      }
      return value;
    }
  }
}
