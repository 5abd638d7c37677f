# usage: under_filter.py FILTER < "NUMBER ARG ARG…" lines : installs the filter, then prints each call's errno (0 for none)
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
code = open(sys.argv[1], "rb").read()
calls = [[int(word, 0) for word in line.split()] for line in sys.stdin]

class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

program = Program(len(code) // 8, code)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit("install: errno %d" % ctypes.get_errno())
for call in calls:
    result = libc.syscall(*[ctypes.c_long(word) for word in call])
    print(ctypes.get_errno() if result == -1 else 0)
