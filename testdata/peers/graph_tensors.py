"""One ONNX model with everything that a reader could lose: tensors of every type in raw and in typed form, subgraphs, sparse
initializers, types that are no tensors, local functions, training information, annotations, explicit zeros and empty strings.

usage: python graph_tensors.py inference/graph/testdata/types
needs: numpy onnx
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto as T, helper as H

VALUES = {'FLOAT': [1.5, -2, 0], 'DOUBLE': [1.5, -2, 0], 'FLOAT16': [1.5, -2, 0], 'BFLOAT16': [1.5, -2, 0], 'INT8': [1, -2, 127], 'UINT8': [1, 2, 255],
          'INT16': [1, -2, 32767], 'UINT16': [1, 2, 65535], 'INT32': [1, -2, 2**31 - 1], 'UINT32': [1, 2, 2**32 - 1], 'INT64': [1, -2, 2**63 - 1],
          'UINT64': [1, 2, 2**63 - 1], 'BOOL': [1, 0, 1], 'COMPLEX64': [1 + 2j, -1j, 0], 'COMPLEX128': [1 + 2j, -1j, 0], 'FLOAT8E4M3FN': [1.5, -2, 0],
          'FLOAT8E5M2': [1.5, -2, 0], 'INT4': [1, -2, 7], 'UINT4': [1, 2, 15], 'FLOAT4E2M1': [1.5, -2, 0], 'UINT2': [1, 2, 3], 'INT2': [1, -2, 0]}

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
inits = []
for name, v in VALUES.items():
    t = getattr(T, name)
    typed = H.make_tensor(f'{name}/typed', t, [3], v)
    inits.append(typed)
    raw = T()
    raw.name, raw.data_type = f'{name}/raw', t
    raw.dims.append(3)
    raw.raw_data = onnx.numpy_helper.tobytes_little_endian(onnx.numpy_helper.to_array(typed)) if not name.endswith(('INT4', 'INT2', 'E2M1')) else bytes(typed.int32_data)
    inits.append(raw)
inits.append(H.make_tensor('STRING', T.STRING, [2], [b'one', b'']))
inits.append(H.make_tensor('scalar', T.FLOAT, [], [7]))
inits.append(H.make_tensor('none', T.FLOAT, [0, 3], []))
branch = lambda n: H.make_graph([H.make_node('Identity', ['x'], [f'{n}_y'], doc_string='')], n, [], [H.make_tensor_value_info(f'{n}_y', T.FLOAT, None)])
nodes = [H.make_node('If', ['c'], ['y'], 'choice', then_branch=branch('a'), else_branch=branch('b')),
         H.make_node('Thing', ['y', ''], ['', 'z'], domain='org.example', i=0, f=0., s='', ints=[0, -1], floats=[0., 2.], strings=['', 'b'],
                     t=inits[0], tp=H.make_tensor_type_proto(T.FLOAT, ['n', 3, None]), empty=H.make_tensor('e', T.FLOAT, [0], []))]
inputs = [H.make_tensor_value_info('c', T.BOOL, []), H.make_tensor_value_info('x', T.FLOAT, ['n', 0, None], doc_string='doc', shape_denotation=['DATA_BATCH', '', '']),
          H.make_tensor_sequence_value_info('seq', T.FLOAT, None), H.make_value_info('opt', H.make_optional_type_proto(H.make_tensor_type_proto(T.INT64, [2])))]
sparse = H.make_sparse_tensor(H.make_tensor('sparse', T.FLOAT, [2], [1, 2]), H.make_tensor('index', T.INT64, [2], [0, 4]), [5])
graph = H.make_graph(nodes, 'everything', inputs, [H.make_tensor_value_info('z', T.FLOAT, None)], inits, 'a doc string', [H.make_tensor_value_info('y', T.FLOAT, None)], [sparse])
graph.metadata_props.add(key='g', value='')
graph.quantization_annotation.add(tensor_name='x').quant_parameter_tensor_names.add(key='SCALE_TENSOR', value='scalar')
function = H.make_function('org.example', 'Thing', ['p', 'q'], ['r', 's'], [H.make_node('Identity', ['p'], ['s']), H.make_node('Identity', ['p'], ['r'])],
                           [H.make_opsetid('', 17)], ['alpha'])
model = H.make_model(graph, functions=[function], opset_imports=[H.make_opsetid('', 17), H.make_opsetid('org.example', 1)], producer_name='', doc_string='model doc', model_version=0)
model.metadata_props.add(key='k', value='v')
model.training_info.add().algorithm.CopyFrom(branch('train'))
onnx.save(model, f'{out}/everything.onnx')
