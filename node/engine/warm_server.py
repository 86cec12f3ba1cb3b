"""A fork server for yt-dlp: imports it once, then forks one child per run.

Started by node/engine/warm-server.ts with one argument, a JSON object:
  socket      path of the Unix socket the children connect to
  importPath  a folder or zipapp put first on sys.path, or null
  entry       "module:function", called with the argument list
  warmUp      arguments of yt-dlp for the warm-up extraction, or null for an entry that is not
              yt-dlp: its module may have a `warm_up` of its own

Speaks JSON lines. In: {"run": id, "argv", "cwd", "env", "fileBytes", "wallSeconds", "keepSeconds"},
{"ping": n}. Out: {"ready": true, ...}, {"pong": n, "rss": bytes}, {"failed": id, "error"},
{"gone": id, "pid", "signal"}.

A child talks to the node by itself, over three connections that start with a line "id name":
`ctl` carries {"pid"}, then the node's "go", and at the end {"code"}; `out` and `err` are its
streams. So a child does
not notice when this server dies, and the node still learns how it ended.

With "keepSeconds" a child that ended well says {"code": 0, "kept": true} and waits on `ctl` for the
next run of the same job, in the form above: the download after the probe costs no second fork.
"""
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys


def send(fd, message):
    try:
        os.write(fd, (json.dumps(message) + '\n').encode())
    except BrokenPipeError:
        # The node is gone or has another server; the children are reaped all the same.
        pass


def resident_bytes():
    try:
        with open('/proc/self/statm', 'rb') as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def connect(path, run_id, name):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    connection.sendall(f'{run_id} {name}\n'.encode())
    return connection


def receive(connection, length):
    data = b''
    while len(data) < length:
        chunk = connection.recv(length - len(data))
        if not chunk:
            break
        data += chunk
    return data


def exit_code(error):
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    print(error.code, file=sys.stderr)
    return 1


def limit_files(job):
    """One that is kept may get another limit with its next run."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = job['fileBytes']
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most if job['keepSeconds'] else limit))


def enter_job(job):
    os.umask(0o077)
    os.chdir(job['cwd'])
    os.environ.clear()
    os.environ.update(job['env'])
    limit_files(job)
    # The node ends a job in time; this ends it when the node itself was killed.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(job['wallSeconds'])
    # What was frozen is never looked at again; collecting what is new every 700 objects would
    # touch, and so copy, more of the shared pages than it frees.
    gc.set_threshold(50_000, 50, 100)


def call(main, argv):
    """The exit code of a program that is a function."""
    sys.argv = ['yt-dlp', *argv]
    try:
        return main(argv) or 0
    except SystemExit as error:
        return exit_code(error)
    except KeyboardInterrupt:
        print('ERROR: Interrupted by user', file=sys.stderr)
    except BaseException:
        import traceback

        traceback.print_exc()
    return 1


def close_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # The node hung up; the exit code says the rest.
            pass
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def next_job(ctl, seconds):
    """The job's next run, or None when the node has none in time."""
    ctl.settimeout(seconds)
    data = b''
    try:
        while not data.endswith(b'\n'):
            chunk = ctl.recv(1 << 16)
            if not chunk:
                return None
            data += chunk
    except OSError:
        return None
    return json.loads(data)


def run_job(job, path, main, before):
    """One run; returns the connection and the next run of a child that was kept."""
    ctl = connect(path, job['run'], 'ctl')
    code = 1
    try:
        for fd, name in ((1, 'out'), (2, 'err')):
            stream = connect(path, job['run'], name)
            os.dup2(stream.fileno(), fd)
            stream.close()
        enter_job(job)
        ctl.sendall((json.dumps({'pid': os.getpid()}) + '\n').encode())
        if before:
            before.close()
        # The node may have given this run up and asked another server: only one may do the work.
        if receive(ctl, 3) != b'go\n':
            os._exit(0)
        code = call(main, job['argv'])
    finally:
        close_streams()
        kept = code == 0 and job['keepSeconds'] > 0
        ctl.sendall((json.dumps({'code': code, 'kept': kept}) + '\n').encode())
    if not kept:
        os._exit(code & 0xFF)
    return ctl, next_job(ctl, job['keepSeconds'])


def child(job, path, main):
    """Never returns: leaving by the interpreter's end would touch every shared page."""
    # A group of its own, to be ended as a whole, in the server's session: Linux gives each session
    # the same share of a busy processor, so that ten sessions would leave the node an eleventh.
    os.setpgid(0, 0)
    before = None
    try:
        while job:
            before, job = run_job(job, path, main, before)
        os._exit(0)
    except BaseException:
        # The node is gone, or ended this child while it waited.
        os._exit(1)


class Server:
    def __init__(self, path, main, control_in, control_out):
        self.path, self.main = path, main
        self.control_in, self.control_out = control_in, control_out
        self.children = {}

    def start(self, job):
        try:
            pid = os.fork()
        except OSError as error:
            send(self.control_out, {'failed': job['run'], 'error': str(error)})
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self.control_in)
            os.close(self.control_out)
            child(job, self.path, self.main)
        self.children[pid] = job['run']

    def reap(self):
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            run_id = self.children.pop(pid, None)
            if run_id is not None and os.WIFSIGNALED(status):
                name = signal.Signals(os.WTERMSIG(status)).name
                send(self.control_out, {'gone': run_id, 'pid': pid, 'signal': name})

    def take(self, line):
        message = json.loads(line)
        if 'run' in message:
            self.start(message)
        elif 'ping' in message:
            rss = resident_bytes()
            send(self.control_out, {'pong': message['ping'], 'rss': rss})

    def serve(self):
        wake_in, wake_out = os.pipe()
        os.set_blocking(wake_in, False)
        os.set_blocking(wake_out, False)
        signal.set_wakeup_fd(wake_out, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # The node ends the children of a run; a terminal's Ctrl+C is not for this server.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        pending = b''
        inputs = [self.control_in, wake_in]
        # Without input it takes no more runs, but stays to reap: elsewhere nobody might.
        while len(inputs) > 1 or self.children:
            readable, _, _ = select.select(inputs, [], [])
            if wake_in in readable:
                os.read(wake_in, 4096)
                self.reap()
            if self.control_in not in readable:
                continue
            chunk = os.read(self.control_in, 1 << 16)
            if not chunk:
                inputs.remove(self.control_in)
                continue
            *lines, pending = (pending + chunk).split(b'\n')
            for line in lines:
                self.take(line)


def prepare(entry, argv):
    """Its modules stand in `warm` beside this file, which -I keeps out of the path."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'warm')
    sys.path.insert(0, folder)
    try:
        importlib.import_module('postchi_warm').warm_up(entry, argv)
    finally:
        sys.path.remove(folder)


def main():
    config = json.loads(sys.argv[1])
    # The control pipe moves away from 0 and 1, which belong to yt-dlp in every child.
    control_in, control_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout.reconfigure(encoding='utf-8', errors='replace')
    sys.stderr.reconfigure(encoding='utf-8', errors='replace')
    if config['importPath']:
        sys.path.insert(0, config['importPath'])
    name, _, function = config['entry'].partition(':')
    module = importlib.import_module(name)
    entry = getattr(module, function)
    if config['warmUp'] is not None:
        prepare(entry, config['warmUp'])
    elif hasattr(module, 'warm_up'):
        module.warm_up()
    gc.collect()
    gc.freeze()
    send(control_out, {'ready': True, 'rss': resident_bytes()})
    Server(config['socket'], entry, control_in, control_out).serve()


if __name__ == '__main__':
    main()
