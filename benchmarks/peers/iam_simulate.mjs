// iam-simulate over a workload: `node iam_simulate.mjs FOLDER WAY WORKLOAD SECONDS` prints one measurement as JSON.
//
// FOLDER holds node_modules. WAY is `run` (the public runSimulation) or `inner` (authorize, as the package's type
// declarations describe it, over policies that were loaded once). CPU time is that of the whole process, Node's own
// threads included.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const PASSES = 7
const SHORTEST = 0.2

const [folder, way, file, budget] = process.argv.slice(2)
const seconds = Number(budget)
const load = createRequire(join(resolve(folder), 'node_modules', 'any.js'))
const entry = load.resolve('@cloud-copilot/iam-simulate')
const workload = JSON.parse(gunzipSync(readFileSync(file)))
const asked = JSON.stringify(workload.requests)

const inner = (path) => load(join(dirname(entry), path))
const named = (documents, kind) => documents.map((policy, i) => ({ name: `${kind}-${i}`, policy }))

// What a pass is made of: the callers' policies in the shape that the way takes, and how one request is answered.
const ways = {
  run: () => {
    const { runSimulation } = load('@cloud-copilot/iam-simulate')
    const callers = written()
    const answer = async (caller, request, resourcePolicy) => {
      const found = await runSimulation(simulation(caller, request, resourcePolicy), {})
      return found.resultType === 'error' ? '!' : letter(found.overallResult)
    }
    return { callers, resources: workload.requests.map((request) => request.resource_policy ?? undefined), answer }
  },

  inner: () => {
    const { authorize } = inner('core_engine/CoreSimulatorEngine.js')
    const { AwsRequestImpl } = inner('request/request.js')
    const { RequestContextImpl } = inner('requestContext.js')
    const { DiscoveryContextKeyConstraints } = inner('context_keys/discoveryContextKeyConstraints.js')
    const { loadPolicy } = createRequire(entry)('@cloud-copilot/iam-policy')
    const loaded = new Map()
    const policy = (document) => {
      if (!document) return undefined
      const text = JSON.stringify(document)
      if (!loaded.has(text)) loaded.set(text, loadPolicy(JSON.parse(text), { name: `policy-${loaded.size}` }))
      return loaded.get(text)
    }
    const scps = workload.scps.map((level, i) => ({ orgIdentifier: `level-${i}`, policies: level.map(policy) }))
    const callers = workload.principals.map((entity) => ({
      principal: entity.principal,
      identity: entity.identity_policies.map(policy),
      boundaries: entity.permission_boundaries ? entity.permission_boundaries.map(policy) : undefined
    }))
    const simulationParameters = {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints()
    }
    const answer = (caller, request, resourcePolicy) =>
      letter(
        authorize({
          request: new AwsRequestImpl(
            caller.principal,
            { resource: request.resource, accountId: request.resource_account },
            request.action,
            new RequestContextImpl({ ...request.context, 'aws:PrincipalArn': caller.principal })
          ),
          sessionPolicy: undefined,
          identityPolicies: caller.identity,
          serviceControlPolicies: scps,
          resourceControlPolicies: [],
          resourcePolicy,
          permissionBoundaries: caller.boundaries,
          vpcEndpointPolicies: undefined,
          simulationParameters
        }).result
      )
    return { callers, resources: workload.requests.map((request) => policy(request.resource_policy)), answer }
  }
}

function written() {
  const scps = workload.scps.map((level, i) => ({ orgIdentifier: `level-${i}`, policies: named(level, 'scp') }))
  return workload.principals.map((entity) => ({
    principal: entity.principal,
    policies: {
      identityPolicies: named(entity.identity_policies, 'identity'),
      serviceControlPolicies: scps,
      resourceControlPolicies: [],
      permissionBoundaryPolicies: entity.permission_boundaries
        ? named(entity.permission_boundaries, 'boundary')
        : undefined
    }
  }))
}

function simulation(caller, request, resourcePolicy) {
  return {
    ...caller.policies,
    resourcePolicy,
    request: {
      principal: caller.principal,
      action: request.action,
      resource: { resource: request.resource, accountId: request.resource_account },
      contextVariables: { ...request.context, 'aws:PrincipalArn': caller.principal }
    }
  }
}

function letter(result) {
  return result === 'Allowed' ? '1' : '0'
}

function cpu(since) {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

async function pass({ callers, resources, answer }, requests, repeats, until = Infinity) {
  const found = []
  for (let again = 0; again < repeats; again++) {
    for (const caller of callers) {
      for (let j = 0; j < requests.length; j++) {
        const said = answer(caller, requests[j], resources[j])
        found.push(typeof said === 'string' ? said : await said)
      }
      if (cpu() > until) return found
    }
  }
  return found
}

function median(values) {
  const sorted = [...values].sort((x, y) => x - y)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

// Linux's maxRSS of a process begins at what its parent held when it was started; VmHWM does not.
function peakMegabytes() {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'ascii'))[1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}

let start = process.cpuUsage()
const work = ways[way]()
const compile = cpu(start)
const count = work.callers.length * workload.requests.length

// The warm-up: whole passes, or as much of one as half the time allows, since one pass can take long.
start = process.cpuUsage()
const warm = cpu() + seconds / 2
let warmed = (await pass(work, JSON.parse(asked), 1, warm)).length
while (cpu() < warm && warmed < 50000) warmed += (await pass(work, JSON.parse(asked), 1, warm)).length
const repeats = Math.max(1, Math.ceil((Math.min(SHORTEST, seconds) * warmed) / cpu(start) / count))

const times = []
let answers = []
const end = cpu() + seconds
while (times.length < PASSES && (times.length === 0 || cpu() < end)) {
  const requests = JSON.parse(asked)
  start = process.cpuUsage()
  answers = await pass(work, requests, repeats)
  times.push(cpu(start))
}

console.log(
  JSON.stringify({
    best: (count * repeats) / Math.min(...times),
    median: (count * repeats) / median(times),
    passes: times.length,
    memory: peakMegabytes(),
    answers: answers.slice(0, count).join(''),
    compile,
    version: load(join(dirname(entry), '..', '..', 'package.json')).version
  })
)
