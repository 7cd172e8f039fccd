/**
 * The seam to the network: a {@link io.hypermesh.stoq.driver.DatagramDriver} receives and sends
 * batches of UDP datagrams over IPv6. {@link io.hypermesh.stoq.driver.NioDatagramDriver} runs
 * everywhere; a host may wrap it by a {@link io.hypermesh.stoq.driver.ForwardingDatagramDriver},
 * for example to capture or to lose datagrams in a test.
 */
package io.hypermesh.stoq.driver;
