package io.hypermesh.adapter;

/**
 * What an adapter set aside.
 *
 * @param handle names it to the adapter that made it, across restarts too
 * @param request what it was made for
 */
public record Allocation(String handle, AllocationRequest request) {}
