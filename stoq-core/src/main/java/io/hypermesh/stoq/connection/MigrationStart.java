package io.hypermesh.stoq.connection;

/** What became of the wish to move a connection to another socket (RFC 9000, 9). */
public enum MigrationStart {
  /** The new path is being validated; {@link ConnectionEvent.MigrationEnded} tells the outcome. */
  STARTED,
  /** Only clients move. */
  NOT_A_CLIENT,
  /** The handshake isn't confirmed yet, or the connection has ended. */
  NOT_CONFIRMED,
  /** The server wants its clients to stay where they are. */
  DISABLED_BY_PEER,
  /** No unused connection ID of the server is left: it issues others in time. */
  NO_CONNECTION_ID,
  /** Another move isn't over yet. */
  UNDERWAY
}
