// Copyright: dax.cross_account contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reads simulations from stdin, one JSON object a line, and writes what @cloud-copilot/iam-simulate says of each.

import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const found = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  const result = found.resultType === 'error' ? { error: found.errors } : found.result
  const told = { result: found.overallResult, error: result.error, ignored: result.ignoredContextKeys }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
