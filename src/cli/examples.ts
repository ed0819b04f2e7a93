// Examples of each command, shown by its help and in the guide.

export const EXAMPLES: { readonly [command: string]: readonly (readonly [string, string])[] } = {
  up: [
    ['isotherm up', 'bring up stack.yaml of this directory'],
    ['isotherm up web.yaml -s web -P theme=night', 'with a parameter'],
    ['isotherm up web.yaml -e base.yaml -e production.yaml -y', 'with environments, without being asked'],
    ['isotherm up web.yaml --converge-reality', 'mend also what somebody else has changed or taken away'],
    ['isotherm up web.yaml --watch-reality 30 --drift-limit 2', 'look every half hour, and mend up to two things'],
    ['isotherm up web.yaml --on-failure stop --timeout 10m', 'leave what has failed as it is, for a look'],
  ],
  preview: [
    ['isotherm preview web.yaml -P theme=night', 'what would happen, and why'],
    ['isotherm preview web.yaml --exit-code', 'ends with 3 when there are changes'],
    [
      'isotherm preview web.yaml --save',
      'keep it: isotherm up --plan ID does exactly this, or refuses (isotherm plan is the same)',
    ],
  ],
  down: [['isotherm down web', 'delete the stack and all that is in it']],
  attach: [['isotherm attach web', 'go on after Ctrl-C, a crash or --detach']],
  rollback: [['isotherm rollback web', 'back to the last template that was reached']],
  cancel: [
    ['isotherm cancel web', 'stop, and go back'],
    ['isotherm cancel web --no-rollback', 'stop, and leave everything as it is'],
  ],
  patch: [['isotherm patch web change.yaml', 'change.yaml: {resources: {cache: {type: …}, old: null}}']],
  suspend: [['isotherm suspend web', 'bring everything in it to rest, dependants first']],
  resume: [['isotherm resume web', 'bring it back, in order']],
  check: [['isotherm check web', 'is everything there, and as it was recorded? The next up mends what is not']],
  snapshot: [
    ['isotherm snapshot create web before-the-move', 'keep what web is'],
    ['isotherm snapshot restore web before-the-move', 'and go back to it'],
    ['isotherm snapshot list web', 'all of them'],
  ],
  abandon: [['isotherm abandon web -o web.json', 'forget it, touch nothing']],
  adopt: [['isotherm adopt web.json -s web', 'and take it over again, here or elsewhere']],
  'mark-unhealthy': [['isotherm mark-unhealthy web backend "disk is failing"', 'the next up makes it anew']],
  metadata: [
    ['isotherm metadata web backend', 'as it is'],
    [`isotherm metadata web backend '{"owner": "web team"}'`, 'and from now on'],
  ],
  'hook-poll': [['isotherm hook-poll web', 'what waits for you in the stack web']],
  'hook-clear': [
    ['isotherm hook-clear web database', 'let it go on'],
    ["isotherm hook-clear web '*' --hook pre-delete", 'let everything be deleted'],
  ],
  signal: [[`isotherm signal web ready '{"status": "SUCCESS"}'`, 'tell a wait condition that it is done']],
  list: [['isotherm list', 'all stacks']],
  show: [['isotherm show web --json', 'everything about one stack']],
  resources: [
    ['isotherm resources web', 'all of them'],
    ['isotherm resources web backend', 'one, with its properties and attributes'],
  ],
  outputs: [
    ['isotherm outputs web', 'all of them'],
    ['curl $(isotherm outputs web url)', 'one, bare, for a script'],
  ],
  events: [
    ['isotherm events web', 'the whole history'],
    ['isotherm events web --last 20 --follow', 'its end, and then more as it happens'],
    ['isotherm events web --follow --json', 'as it happens, one JSON document a line'],
  ],
  why: [['isotherm why web backend', 'what it waits for, who holds it, what went wrong, when it is tried again']],
  graph: [
    ['isotherm graph web -o svg > web.svg', 'a picture for a browser'],
    ['isotherm graph -t web.yaml -o mermaid', 'of a template that is not up yet'],
  ],
  validate: [
    ['isotherm validate web.yaml db.yaml', 'every problem of each, with its line'],
    ['isotherm validate --json --allow-unknown-types *.yaml', 'for a program; types of a cloud are let pass'],
  ],
  schema: [['isotherm schema --output isotherm.schema.json', 'for editors: completion and checks as you type']],
  types: [
    ['isotherm types', 'all resource types'],
    ['isotherm types Isotherm::Local::File', 'one, with its properties and attributes'],
  ],
  doctor: [
    ['isotherm doctor', 'what is wrong with the database, and what to do about it'],
    ['isotherm doctor --fix', 'mend what can be mended; engines may be at work meanwhile'],
  ],
  engine: [
    ['isotherm engine --database postgres://db/isotherm --metrics-port 9100', 'one of any number, on any machine'],
    ['isotherm engine --types ./types.js --slots 500', 'with resource types of your own'],
  ],
  project: [['isotherm project create web', 'a project of its own, with stacks that nobody else sees']],
  user: [
    ['isotherm user create ada --in web --role member', 'with a password that is made up and shown once'],
    [
      'isotherm user create ada --in web --password-file secret.txt',
      'with one of your own; - reads it from standard input',
    ],
  ],
  role: [['isotherm role grant ada web admin', 'roles are admin, member, reader and heat_stack_user']],
  token: [
    ['isotherm token create ada --in web --hours 24', 'for a program: X-Auth-Token'],
    ['isotherm token revoke ID', 'it lets nobody in from now on'],
  ],
  serve: [['isotherm serve --auth none', 'on this machine; clients find it at http://127.0.0.1:8004/v1/default']],
  rekey: [
    ['isotherm rekey', 'a new key inside the database; the key file stays as it is'],
    ['isotherm rekey --key-file old.key --new-key-file new.key', 'both open it from here on; engines go on meanwhile'],
    ['isotherm rekey --key-file new.key --forget-other-keys', 'once every engine has the new one'],
  ],
  completion: [
    ['source <(isotherm completion bash)', 'for this shell'],
    ['isotherm completion zsh > ~/.zfunc/_isotherm', 'for every shell'],
  ],
  version: [['isotherm version', 'the version of this program']],
}
