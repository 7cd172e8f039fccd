/**
 * STOQ: QUIC versions 1 and 2 (RFC 9000, 9001, 9002, 9369) over IPv6 with TLS 1.3 and certificates
 * on both sides.
 *
 * <p>One {@link io.hypermesh.stoq.StoqEndpoint endpoint} owns one UDP socket and is client and
 * server at once. It gives {@link io.hypermesh.stoq.StoqConnection connections}, they give {@link
 * io.hypermesh.stoq.StoqStream streams}, and a {@link io.hypermesh.stoq.StoqChannel channel}
 * carries whole messages over a stream. A server:
 *
 * {@snippet file="ApiExamplesTest.java" region="server"}
 *
 * <p>And a client of it:
 *
 * {@snippet file="ApiExamplesTest.java" region="client"}
 *
 * {@snippet file="ApiExamplesTest.java" region="blockingStream"}
 *
 * <p>Every example here is run by the tests. Where the others are:
 *
 * <table>
 * <caption>What to read for what</caption>
 * <thead>
 * <tr><th scope="col">To do</th><th scope="col">read</th></tr>
 * </thead>
 * <tbody>
 * <tr><td>start an endpoint, with a thread of its own or in the host's duty cycle</td>
 *     <td>{@link io.hypermesh.stoq.StoqEndpoint}</td></tr>
 * <tr><td>take connections and streams</td>
 *     <td>{@link io.hypermesh.stoq.StoqListener},
 *     {@link io.hypermesh.stoq.StoqConnection#acceptStream}</td></tr>
 * <tr><td>connect, know the peer, close</td>
 *     <td>{@link io.hypermesh.stoq.StoqConnection}</td></tr>
 * <tr><td>send and receive bytes, blocking or not, by priority</td>
 *     <td>{@link io.hypermesh.stoq.StoqStream}</td></tr>
 * <tr><td>send and receive messages in place</td>
 *     <td>{@link io.hypermesh.stoq.StoqChannel}</td></tr>
 * <tr><td>the same between processes of one host, through shared memory</td>
 *     <td>{@link io.hypermesh.stoq.ipc.StoqIpc}</td></tr>
 * <tr><td>send and receive unreliable datagrams</td>
 *     <td>{@link io.hypermesh.stoq.StoqDatagrams}</td></tr>
 * <tr><td>bound what a peer may use, choose timeouts</td>
 *     <td>{@link io.hypermesh.stoq.StoqSettings}</td></tr>
 * <tr><td>choose or wrap what talks to the network</td>
 *     <td>{@link io.hypermesh.stoq.StoqEndpointBuilder#driver},
 *     {@link io.hypermesh.stoq.driver.ForwardingDatagramDriver}</td></tr>
 * <tr><td>know why a connection ended</td>
 *     <td>{@link io.hypermesh.stoq.StoqCloseReason}</td></tr>
 * <tr><td>choose the congestion control</td>
 *     <td>{@link io.hypermesh.stoq.CongestionControl}</td></tr>
 * <tr><td>choose key agreement, cipher suites, versions</td>
 *     <td>{@link io.hypermesh.stoq.StoqNamedGroup}, {@link io.hypermesh.stoq.StoqCipherSuite},
 *     {@link io.hypermesh.stoq.QuicVersion}</td></tr>
 * <tr><td>rotate a certificate while serving</td>
 *     <td>{@link io.hypermesh.stoq.StoqEndpointBuilder#keyManager}</td></tr>
 * <tr><td>resume sessions, send early data</td>
 *     <td>{@link io.hypermesh.stoq.StoqResumption}</td></tr>
 * <tr><td>restart without clients having to wait</td>
 *     <td>{@link io.hypermesh.stoq.StoqEndpointBuilder#secret}</td></tr>
 * <tr><td>move to another address</td>
 *     <td>{@link io.hypermesh.stoq.StoqConnection#migrate},
 *     {@link io.hypermesh.stoq.StoqEndpoint#rebind},
 *     {@link io.hypermesh.stoq.StoqEndpointBuilder#preferredAddress}</td></tr>
 * <tr><td>change keys, export keying material</td>
 *     <td>{@link io.hypermesh.stoq.StoqConnection#updateKeys},
 *     {@link io.hypermesh.stoq.StoqConnection#exportKeyingMaterial}</td></tr>
 * <tr><td>see what happens</td>
 *     <td>{@link io.hypermesh.stoq.StoqPathStatistics},
 *     {@link io.hypermesh.stoq.StoqEndpointStatistics}</td></tr>
 * <tr><td>log every packet, for tools like qvis and Wireshark</td>
 *     <td>{@link io.hypermesh.stoq.Qlog}, {@link io.hypermesh.stoq.StoqEndpointBuilder#keyLog}</td>
 *     </tr>
 * <tr><td>handle failures</td>
 *     <td>{@link io.hypermesh.stoq.StoqException}</td></tr>
 * <tr><td>test in virtual time</td>
 *     <td>{@link io.hypermesh.stoq.simulation}</td></tr>
 * </tbody>
 * </table>
 *
 * <p>Threads: all protocol work is done by the endpoint's Agrona agent, on the thread that runs it.
 * Hosts call from any thread; what a type allows beyond that is written at the type. Listeners and
 * the completion of futures run on the agent's thread and must not block.
 */
package io.hypermesh.stoq;
