package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.connection.Hibernator;
import io.hypermesh.stoq.connection.ServerStart;
import io.hypermesh.stoq.connection.TransmitBatch;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All the connections of one endpoint, as a state machine without its sockets, which it knows by
 * numbers: datagrams, time and results of tasks come in; datagrams, events, tasks and the next
 * deadline come out.
 *
 * <p>What it guarantees: a datagram reaches the connection that it is for, or costs a bounded
 * amount of work and no memory; connections and handshakes stay within {@link EndpointSettings}; a
 * client that has sent one datagram from an address that may not be its own gets a connection only
 * while few handshakes are in flight, and a Retry from then on (RFC 9000, 8.1.2).
 *
 * <pre>{@code
 *                  ┌ local connection ID known ───────────────► its connection
 *                  │ Initial for a known first destination ───► its connection
 * datagram ─parse─►┤ Initial, 1200 bytes or more ── admission ─► new connection │ Retry │ refusal
 *                  │ other version, 1200 bytes or more ───────► Version Negotiation
 *                  │ short header, ends with a peer's token ──► that connection (stateless reset)
 *                  │ short header otherwise ──────────────────► stateless reset
 *                  └ anything else ───────────────────────────► dropped
 * }</pre>
 *
 * <p>Order of calls after any input: {@link #pollEvents}, then {@link #pollTransmit} until it gives
 * 0, then {@link #nextDeadlineNanos}. Time never goes back and is never negative. One thread owns
 * an endpoint and all its connections.
 */
public final class Endpoint implements AutoCloseable {
  private final TlsSettings tlsSettings;

  private final PacketHeader header = new PacketHeader();
  private final Shard shard;
  private final RandomConnectionIds ids;
  private final StatelessAnswers answers;
  private final EndpointTokens tokens;
  private final ConnectionStarts starts;
  private final HandshakesInFlight handshakes;
  private final Admission admission;
  final RoutingTable routes;
  private final EndpointCounters counters = new EndpointCounters();

  /** Connections that were given something and may have events to tell. */
  private final ArrayDeque<EndpointConnection> touched = new ArrayDeque<>();

  private final Delivery delivery;
  private final TransmitQueue transmits;
  private final EarlyDatagrams early;
  private final StrayPackets strays;
  private final Deadlines deadlines;
  private int firstSocket;

  /** When something came in last. */
  private long lastNanos;

  /**
   * @param secret what tokens are made with; the caller closes it, which may be at once
   * @param nowNanos the present time, 0 or more
   * @param originEpochMillis the time of day when that clock was at 0, in milliseconds since 1970
   */
  public Endpoint(
      EndpointSettings settings,
      ConnectionSettings connectionSettings,
      TlsSettings tlsSettings,
      EndpointSecret secret,
      SecureRandom random,
      long nowNanos,
      long originEpochMillis) {
    this(
        settings,
        connectionSettings,
        tlsSettings,
        secret,
        random,
        nowNanos,
        originEpochMillis,
        Shards.alone(settings, new TimeOfDay(originEpochMillis).epochMillis(nowNanos)));
  }

  /**
   * One of several that share their address.
   *
   * @param settings this one's {@linkplain EndpointSettings#share share}
   */
  public Endpoint(
      EndpointSettings settings,
      ConnectionSettings connectionSettings,
      TlsSettings tlsSettings,
      EndpointSecret secret,
      SecureRandom random,
      long nowNanos,
      long originEpochMillis,
      Shard shard) {
    this.shard = shard;
    this.tlsSettings = tlsSettings;
    this.ids = new RandomConnectionIds(secret, random, shard::owns);
    this.deadlines = new Deadlines(new Hibernator(ids, tlsSettings));
    this.tokens =
        new EndpointTokens(
            settings, secret, random, new TimeOfDay(originEpochMillis), shard.usedTokens());
    this.starts =
        new ConnectionStarts(
            connectionSettings,
            tlsSettings,
            ids,
            random,
            tokens,
            shard.connections(),
            this::handleEvent);
    this.answers =
        new StatelessAnswers(
            random,
            ids,
            connectionSettings.versions(),
            connectionSettings.packetProtection(),
            settings.statelessAnswersPerSecondMax(),
            nowNanos);
    this.handshakes = new HandshakesInFlight(settings);
    this.admission =
        new Admission(
            settings,
            connectionSettings,
            counters,
            answers,
            tokens,
            handshakes,
            shard.connections(),
            nowNanos);
    this.routes = new RoutingTable(random, shard);
    this.delivery = new Delivery(routes, counters, starts, this::giveUp, this::touch);
    this.transmits = new TransmitQueue(answers, counters, this::onSilent, this::giveUp);
    this.early = new EarlyDatagrams(settings, tlsSettings, counters);
    this.strays =
        new StrayPackets(
            shard,
            settings.statelessAnswersPerSecondMax(),
            routes,
            answers,
            counters,
            connectionSettings.greaseQuicBit(),
            this::touch,
            nowNanos);
  }

  /** As the other one, without a session to resume. */
  public @Nullable EndpointConnection connect(
      InetSocketAddress remote, String serverName, long nowNanos) {
    return connect(remote, serverName, null, false, nowNanos);
  }

  /**
   * Starts a client's connection.
   *
   * @param session to resume, owned by the endpoint from now on, or null
   * @param earlyData whether to send early data, where the session allows it
   * @return null where there are as many connections as allowed
   */
  public @Nullable EndpointConnection connect(
      InetSocketAddress remote,
      String serverName,
      @Nullable ClientSession session,
      boolean earlyData,
      long nowNanos) {
    EndpointConnection added = starts.client(remote, serverName, session, earlyData, nowNanos);
    if (added == null) {
      return null;
    }
    added.connection().startOn(firstSocket);
    routes.add(added);
    touch(added);
    return added;
  }

  /** Has connections hibernate that nothing happens to for so long; 5 seconds unless called. */
  public void hibernateAfter(long nanos) {
    deadlines.hibernateAfter(nanos);
  }

  /** Has connections to servers start on this socket; number 0 unless called. */
  public void connectFrom(int socketNumber) {
    firstSocket = socketNumber;
  }

  /**
   * Takes a datagram; packets in it may be decrypted in place.
   *
   * @param on the number of the socket that it came to
   * @param ecnBits the two ECN bits of its IP header
   */
  public void handleDatagram(
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits,
      long nowNanos) {
    lastNanos = nowNanos;
    answers.from(on);
    if (!header.parse(datagram, offset, offset + length, RandomConnectionIds.LENGTH)) {
      counters.datagramsReceived++;
      counters.datagramsMalformed++;
      return;
    }
    EndpointConnection known = routes.find(header);
    if (known == null && shard.forwards(header, datagram, offset, length, on, remote, ecnBits)) {
      // Whose it is counts it.
      return;
    }
    counters.datagramsReceived++;
    if (known != null) {
      delivery.datagram(known, datagram, offset, length, on, remote, ecnBits, nowNanos);
      return;
    }
    if (!admission.isSpoken(header)) {
      admission.negotiateVersion(header, length, remote, nowNanos);
      return;
    }
    switch (header.type()) {
      case INITIAL -> handleFirst(datagram, offset, length, on, remote, ecnBits, nowNanos);
      case ONE_RTT -> strays.handle(header, datagram, offset, length, remote, nowNanos);
      case ZERO_RTT -> early.keep(header, datagram, offset, length, on, remote, ecnBits, nowNanos);
      default -> counters.datagramsUnroutable++;
    }
  }

  /**
   * Takes datagrams that came together, as many at the front as one connection takes at once.
   *
   * @return how many; 0 where the first is one for {@link #handleDatagram}
   */
  public int handleTrain(DatagramTrain train, long nowNanos) {
    lastNanos = nowNanos;
    return delivery.train(train, nowNanos);
  }

  /** A client's first datagram. */
  private void handleFirst(
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits,
      long nowNanos) {
    ServerStart start = admission.admit(header, length, remote, nowNanos);
    if (start == null) {
      return;
    }
    ConnectionId firstDestination = header.destinationConnectionId();
    EndpointConnection added = starts.server(start, firstDestination, remote, nowNanos);
    Connection connection = added.connection();
    connection.startOn(on);
    counters.connectionsAccepted++;
    handshakes.begin(added, start.addressValidated());
    routes.add(added);
    try {
      added.datagramsReceived++;
      connection.handleDatagram(datagram, offset, length, on, remote, ecnBits, nowNanos);
      added.datagramsReceived += early.release(firstDestination, connection, nowNanos);
    } catch (RuntimeException e) {
      giveUp(added, e);
    }
    touch(added);
  }

  /** Takes what another shard says may be the stateless reset of a connection of this one. */
  public void handleReset(
      MemorySegment datagram, long offset, int length, InetSocketAddress remote, long nowNanos) {
    lastNanos = nowNanos;
    strays.resets(datagram, offset, length, remote, nowNanos);
  }

  /** Calls every connection whose deadline has come. */
  public void handleTimeout(long nowNanos) {
    lastNanos = nowNanos;
    EndpointConnection due;
    while ((due = deadlines.pollDue(nowNanos)) != null) {
      try {
        due.connection().handleTimeout(nowNanos);
      } catch (RuntimeException e) {
        giveUp(due, e);
      }
      touch(due);
    }
  }

  /** Has to be called after a connection was called directly. */
  public void touch(EndpointConnection connection) {
    if (connection.removed) {
      return;
    }
    deadlines.onActive(connection, lastNanos);
    if (!connection.touched) {
      connection.touched = true;
      touched.add(connection);
    }
    transmits.add(connection);
  }

  /**
   * Tells the handler what has happened since the last call.
   *
   * @return how many connections had something to tell
   */
  public int pollEvents(EndpointHandler handler) {
    int told = 0;
    // The handler may touch connections again; those wait for the next call.
    for (int remaining = touched.size(); remaining > 0; remaining--) {
      EndpointConnection connection = touched.remove();
      connection.touched = false;
      if (connection.removed) {
        continue;
      }
      try {
        told += connection.defect == null && pollEvents(connection, handler) ? 1 : 0;
        if (!connection.removed && connection.defect == null) {
          handler.onUpdated(connection);
          deadlines.update(connection);
        }
      } catch (RuntimeException e) {
        giveUp(connection, e);
      }
      if (connection.defect != null) {
        connection.abandon(lastNanos);
        remove(connection);
        handler.onRemoved(connection, connection.defect);
        told++;
      }
    }
    return told;
  }

  private boolean pollEvents(EndpointConnection connection, EndpointHandler handler) {
    boolean any = false;
    if (!connection.announced) {
      connection.announced = true;
      any = true;
      handler.onAccepted(connection);
    }
    HandshakeTask task = connection.connection().pollTask();
    while (task != null) {
      any = true;
      handler.onTask(connection, task);
      task = connection.connection().pollTask();
    }
    ConnectionEvent event = connection.connection().pollEvent();
    while (event != null) {
      any = true;
      handleEvent(connection, event);
      handler.onEvent(connection, event);
      if (event instanceof ConnectionEvent.Drained) {
        remove(connection);
        handler.onRemoved(connection, null);
        return true;
      }
      event = connection.connection().pollEvent();
    }
    return any;
  }

  /** What the endpoint itself has to know. */
  private void handleEvent(EndpointConnection connection, ConnectionEvent event) {
    switch (event) {
      case ConnectionEvent.ConnectionIdIssued issued -> routes.route(issued.id(), connection);
      case ConnectionEvent.ConnectionIdRetired retired -> routes.unroute(retired.id(), connection);
      case ConnectionEvent.Established established -> handshakes.end(connection);
      case ConnectionEvent.HandshakeConfirmed confirmed -> issueToken(connection);
      case ConnectionEvent.PathChanged changed -> {
        routes.move(connection, changed.remote());
        issueToken(connection);
      }
      case ConnectionEvent.NewToken token -> tokens.keep(connection, token);
      default -> {
        // The rest is the host's.
      }
    }
  }

  private void issueToken(EndpointConnection connection) {
    if (tokens.issue(connection, lastNanos)) {
      touch(connection);
    }
  }

  /** Erases the keys of its tokens and tickets; nothing may be called afterwards. */
  @Override
  public void close() {
    ids.erase();
    tokens.erase();
    SessionTickets tickets = tlsSettings.resumption().tickets();
    if (tickets != null) {
      tickets.erase();
    }
  }

  private void remove(EndpointConnection connection) {
    handshakes.end(connection);
    if (!connection.removed) {
      shard.connections().remove();
    }
    connection.removed = true;
    deadlines.remove(connection);
    routes.remove(connection);
  }

  /**
   * Writes the next datagrams to send: answers to strangers one by one, those of a connection
   * several at once.
   *
   * @param batch has been begun, and gets what is told of each datagram
   * @return how many there are, 0 where there is nothing to send
   */
  public int pollTransmit(TransmitBatch batch, long nowNanos) {
    lastNanos = nowNanos;
    return transmits.poll(batch, nowNanos);
  }

  /** A connection has nothing to send now. */
  private void onSilent(EndpointConnection connection) {
    if (connection.removed) {
      return;
    }
    deadlines.update(connection);
    if (!connection.touched) {
      // Sending may have made events too, for example at a limit of the AEAD.
      connection.touched = true;
      touched.add(connection);
    }
  }

  /**
   * A connection threw what it never should: a defect of this library. It is given up, and the
   * handler told, so that the other connections go on. Whoever calls it says so by {@link #touch}.
   */
  public void giveUp(EndpointConnection connection, RuntimeException defect) {
    if (connection.defect == null) {
      connection.defect = defect;
    }
  }

  /** Whether {@link #pollEvents} has something to look at. */
  public boolean hasTouched() {
    return !touched.isEmpty();
  }

  /** When {@link #handleTimeout} is to be called; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineNanos() {
    return deadlines.earliestNanos();
  }

  /** How many connections there are. */
  public int size() {
    return routes.size();
  }

  /** Handshakes of clients that aren't complete. */
  public int handshakesInFlight() {
    return handshakes.total();
  }

  /** What has been counted since the start. */
  public EndpointCounters counters() {
    counters.statelessAnswersDropped = answers.dropped();
    return counters;
  }

  /** Forgets every connection without a word, as a crash would; for tests. */
  void forget() {
    for (EndpointConnection connection : connections()) {
      remove(connection);
    }
  }

  /** A copy of the list of connections. */
  public List<EndpointConnection> connections() {
    return new ArrayList<>(routes.connections());
  }
}
