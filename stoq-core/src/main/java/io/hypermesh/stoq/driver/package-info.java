/**
 * The seam to the network: a {@link io.hypermesh.stoq.driver.DatagramDriver} receives and sends
 * batches of UDP datagrams over IPv6. {@link io.hypermesh.stoq.driver.NioDatagramDriver} runs
 * everywhere; {@link io.hypermesh.stoq.driver.LinuxDatagramDriver} hands the kernel many datagrams
 * in one call, where native access is allowed ({@code --enable-native-access=io.hypermesh.stoq}, or
 * {@code ALL-UNNAMED} on the class path), and {@link
 * io.hypermesh.stoq.driver.IoUringDatagramDriver} does so by io_uring, where that is allowed as
 * well. {@link io.hypermesh.stoq.driver.DriverKind} has them by name and finds out which is the
 * best that works. A host may wrap any by a {@link
 * io.hypermesh.stoq.driver.ForwardingDatagramDriver}, for example to capture or to lose datagrams
 * in a test.
 */
package io.hypermesh.stoq.driver;
