/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_trace.h - `sushui trace contacts|venues|chains`: the trace over tables, without a data folder.
 */
#ifndef SUSHUI_CLI_CMD_TRACE_H
#define SUSHUI_CLI_CMD_TRACE_H

/* argv[0] is "trace", argv[1] what to answer, then options (`--help` lists them). The answer goes to --out or
 * standard output, everything said to a person to standard error. Returns 0; 1 when a table is refused; 2
 * when the command line is wrong; 3 when a file cannot be read or written or memory is out. */
int cmd_trace(int argc, char **argv);

#endif
