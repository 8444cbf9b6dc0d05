#!/bin/sh
# Regenerates the references of inference/graph, inference/saliency with mapcheck, and inference/zoo.
# usage: refs_graph.sh   (from the checkout)
set -eu
python=${PYTHON:-python3}
$python testdata/peers/graph_heads.py inference/graph/testdata/heads
$python testdata/peers/graph_tensors.py inference/graph/testdata/types
$python testdata/peers/graph_grads.py inference/graph/grad/testdata
$python testdata/peers/graph_saliency.py inference/saliency/testdata
$python testdata/peers/saliency_verdict.py inference/saliency/mapcheck/testdata
$python testdata/peers/zoo_checkpoints.py inference/zoo/testdata
$python testdata/peers/zoo_families.py inference/zoo/testdata
