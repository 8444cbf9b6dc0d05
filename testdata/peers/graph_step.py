"""Times our training step (ResNet-50, layer4 + head, batch 16) against PyTorch eager's forward and backward, interleaved in one
process, and compares the gradients.

usage: HILUM_STEP_OUT=/path/step.onnx go test -run TestWriteStep ./inference/graph/fast && python graph_step.py /path/step.onnx [threads]
needs: numpy onnx onnxruntime torch torchvision
"""
import collections
import glob
import json
import os
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torchvision

path, threads = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
BATCH = 16
torch.set_num_threads(threads)
model = onnx.load(path)
rng = np.random.default_rng(0)
shapes = {i.name: [d.dim_value or BATCH for d in i.type.tensor_type.shape.dim] for i in model.graph.input}
he = lambda s: rng.standard_normal(s) * (2 / np.prod(s[1:])) ** .5
draw = lambda n, s: np.maximum(rng.standard_normal(s), 0) if n == 'x' else he(s) if len(s) > 1 and n != 'seed' else 1 + .2 * rng.standard_normal(s) if n.endswith('.s') else .05 * rng.standard_normal(s)
feeds = {n: np.ascontiguousarray(draw(n, s), np.float32) for n, s in shapes.items()}


def session(profile=False):
    so = ort.SessionOptions()
    so.intra_op_num_threads, so.log_severity_level, so.execution_order = threads, 3, ort.ExecutionOrder.PRIORITY_BASED
    if profile:
        so.enable_profiling, so.profile_file_prefix = True, os.path.join(tempfile.mkdtemp(), 'step')
    s = ort.InferenceSession(model.SerializeToString(), so, providers=['CPUExecutionProvider'])
    io = s.io_binding()
    for k, v in feeds.items():
        io.bind_cpu_input(k, v)
    outs = s.run(None, feeds)
    for o, v in zip(s.get_outputs(), outs):
        io.bind_ortvalue_output(o.name, ort.OrtValue.ortvalue_from_numpy(v))
    return s, io, outs


s, io, outs = session()
net = torchvision.models.resnet50()
l4, fc = net.layer4.train(), torch.nn.Linear(2048, 5)
named = {}
for b, blk in enumerate(l4):
    for ours, conv, bn in [('conv1', blk.conv1, blk.bn1), ('conv2', blk.conv2, blk.bn2), ('conv3', blk.conv3, blk.bn3)] + ([('downsample', *blk.downsample)] if blk.downsample else []):
        named |= {f'{b}.{ours}.w': conv.weight, f'{b}.{ours}.s': bn.weight, f'{b}.{ours}.o': bn.bias}
named |= {'fc.w': fc.weight, 'fc.b': fc.bias}
for n, p in named.items():
    p.data = torch.from_numpy(feeds[n])
x, seed = torch.from_numpy(feeds['x']), torch.from_numpy(feeds['seed'])


def step():
    for p in named.values():
        p.grad = None
    (fc(l4(x).mean((2, 3))) * seed).sum().backward()


step()
worst = max(np.linalg.norm(named[n].grad.numpy() - o) / np.linalg.norm(o) for n, o in zip([i.name for i in model.graph.input if i.name not in ('x', 'seed')], outs))
print(f'gradients differ by at most {worst:.1e} (L2, relative; ReLU flips of either side included)')
a, b = [], []
for i in range(12):
    t = time.perf_counter(); s.run_with_iobinding(io); a.append(time.perf_counter() - t)
    t = time.perf_counter(); step(); b.append(time.perf_counter() - t)
med = lambda v: np.median(v[2:])
print(f'forward and backward alone (ResNet-50, layer4 and head, batch {BATCH}, {threads} threads): ours {med(a):.3f} s, PyTorch {med(b):.3f} s, ratio {med(b) / med(a):.2f} (goal 1.05; of minima {min(b) / min(a):.2f})')
s, io, _ = session(profile=True)
for _ in range(3):
    s.run_with_iobinding(io)
times = collections.Counter()
for e in json.load(open(s.end_profiling())):
    if e.get('cat') == 'Node' and 'op_name' in e.get('args', {}):
        times[e['args']['op_name']] += e['dur']
total = sum(times.values())
print('time by operator:', ', '.join(f'{k} {v / total:.0%}' for k, v in times.most_common(9)))
