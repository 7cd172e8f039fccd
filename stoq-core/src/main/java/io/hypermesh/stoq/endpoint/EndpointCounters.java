package io.hypermesh.stoq.endpoint;

/** What an {@link Endpoint} has counted since its start. Owned by the endpoint's thread. */
public final class EndpointCounters {
  long datagramsReceived;
  long datagramsSent;
  long datagramsMalformed;
  long datagramsUnroutable;
  long connectionsAccepted;
  long connectionsRefused;
  long versionNegotiations;
  long retries;
  long tokensInvalid;
  long statelessAnswersDropped;

  EndpointCounters() {}

  /** Datagrams received, good or not. */
  public long datagramsReceived() {
    return datagramsReceived;
  }

  /** Datagrams given out for sending. */
  public long datagramsSent() {
    return datagramsSent;
  }

  /** Datagrams that held no packet, or a first packet that wasn't authentic. */
  public long datagramsMalformed() {
    return datagramsMalformed;
  }

  /** Datagrams for no connection that is known. */
  public long datagramsUnroutable() {
    return datagramsUnroutable;
  }

  /** Connections made by clients. */
  public long connectionsAccepted() {
    return connectionsAccepted;
  }

  /** Connections refused because of a limit. */
  public long connectionsRefused() {
    return connectionsRefused;
  }

  /** Datagrams of other versions that were worth an answer. */
  public long versionNegotiations() {
    return versionNegotiations;
  }

  /** Clients that were asked to prove their address. */
  public long retries() {
    return retries;
  }

  /** Retry tokens that were forged, somebody else's, or expired. */
  public long tokensInvalid() {
    return tokensInvalid;
  }

  /** Stateless answers that were over a bound. */
  public long statelessAnswersDropped() {
    return statelessAnswersDropped;
  }
}
