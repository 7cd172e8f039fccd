package io.hypermesh.stoq;

import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointCounters;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * An endpoint's counters on their way from the agent's thread to whoever asks. They needn't be of
 * one moment, so no ordering is paid for; each is whole.
 */
final class PublishedCounters {
  private static final int CONNECTIONS = 0;
  private static final int HANDSHAKES_IN_FLIGHT = 1;
  private static final int DATAGRAMS_RECEIVED = 2;
  private static final int DATAGRAMS_SENT = 3;
  private static final int DATAGRAMS_MALFORMED = 4;
  private static final int DATAGRAMS_UNROUTABLE = 5;
  private static final int CONNECTIONS_ACCEPTED = 6;
  private static final int CONNECTIONS_REFUSED = 7;
  private static final int VERSION_NEGOTIATIONS = 8;
  private static final int RETRIES = 9;
  private static final int TOKENS_INVALID = 10;
  private static final int ANSWERS_DROPPED = 11;
  private static final int DATAGRAMS_FORWARDED = 12;
  private static final int FORWARDS_DROPPED = 13;
  private static final int COUNT = 14;

  private final AtomicLongArray numbers = new AtomicLongArray(COUNT);

  /** Takes the endpoint's counters; the agent's thread only. */
  void publish(Endpoint endpoint, ShardForwarding forwarding) {
    EndpointCounters counters = endpoint.counters();
    numbers.setOpaque(CONNECTIONS, endpoint.size());
    numbers.setOpaque(HANDSHAKES_IN_FLIGHT, endpoint.handshakesInFlight());
    numbers.setOpaque(DATAGRAMS_RECEIVED, counters.datagramsReceived());
    numbers.setOpaque(DATAGRAMS_SENT, counters.datagramsSent());
    numbers.setOpaque(DATAGRAMS_MALFORMED, counters.datagramsMalformed());
    numbers.setOpaque(DATAGRAMS_UNROUTABLE, counters.datagramsUnroutable());
    numbers.setOpaque(CONNECTIONS_ACCEPTED, counters.connectionsAccepted());
    numbers.setOpaque(CONNECTIONS_REFUSED, counters.connectionsRefused());
    numbers.setOpaque(VERSION_NEGOTIATIONS, counters.versionNegotiations());
    numbers.setOpaque(RETRIES, counters.retries());
    numbers.setOpaque(TOKENS_INVALID, counters.tokensInvalid());
    numbers.setOpaque(ANSWERS_DROPPED, counters.statelessAnswersDropped());
    numbers.setOpaque(DATAGRAMS_FORWARDED, forwarding.forwarded());
    numbers.setOpaque(FORWARDS_DROPPED, forwarding.dropped());
  }

  /** The endpoint has ended: what was there is there no more. */
  void publishLast(Endpoint endpoint, ShardForwarding forwarding) {
    publish(endpoint, forwarding);
    numbers.setOpaque(CONNECTIONS, 0);
    numbers.setOpaque(HANDSHAKES_IN_FLIGHT, 0);
  }

  /** The numbers published last; any thread. */
  StoqEndpointStatistics read() {
    return new StoqEndpointStatistics(
        numbers.getOpaque(CONNECTIONS),
        numbers.getOpaque(HANDSHAKES_IN_FLIGHT),
        numbers.getOpaque(DATAGRAMS_RECEIVED),
        numbers.getOpaque(DATAGRAMS_SENT),
        numbers.getOpaque(DATAGRAMS_MALFORMED),
        numbers.getOpaque(DATAGRAMS_UNROUTABLE),
        numbers.getOpaque(CONNECTIONS_ACCEPTED),
        numbers.getOpaque(CONNECTIONS_REFUSED),
        numbers.getOpaque(VERSION_NEGOTIATIONS),
        numbers.getOpaque(RETRIES),
        numbers.getOpaque(TOKENS_INVALID),
        numbers.getOpaque(ANSWERS_DROPPED),
        numbers.getOpaque(DATAGRAMS_FORWARDED),
        numbers.getOpaque(FORWARDS_DROPPED));
  }
}
