package io.hypermesh.stoq.endpoint;

/** Looks into an endpoint for the tests of other packages. */
public final class EndpointProbe {
  private EndpointProbe() {}

  /** Entries of its routing tables. */
  public static int routes(Endpoint endpoint) {
    return endpoint.routes.entryCount();
  }

  /** Forgets every connection without a word, as a crash would. */
  public static void forget(Endpoint endpoint) {
    endpoint.forget();
  }

  /** Whether a server's client had proved its address before the connection was made. */
  public static boolean wasAddressProved(EndpointConnection connection) {
    return connection.addressProved;
  }
}
