/** Leaving a view whose primary does not bring progress: the votes for it and the timer. */
package io.hypermesh.byzantine.viewchange;
