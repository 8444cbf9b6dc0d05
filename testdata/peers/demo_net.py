"""The demonstration network: a small residual net whose class maps are closed form.

Needs: torch. Imported by demo_train.py.

Input is one grey channel while training; demo_train.py widens the first layer
to three when it exports. The last feature map is non-negative (it ends in a
ReLU), 14 x 14 for a 224-pixel picture, and is followed by nothing but a global
mean and one linear layer, so the map of class c is sum_k w[c, k] * A[k].
"""

import torch
from torch import nn


def conv_bn(c_in, c_out, size, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(c_out),
    )


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut; the shortcut adapts when shapes change."""

    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.a = conv_bn(c_in, c_out, 3, stride)
        self.b = conv_bn(c_out, c_out, 3)
        self.short = None
        if stride != 1 or c_in != c_out:
            self.short = conv_bn(c_in, c_out, 1, stride)

    def forward(self, x):
        y = self.b(torch.relu(self.a(x)))
        return torch.relu(y + (x if self.short is None else self.short(x)))


class DemoNet(nn.Module):
    """Logits [N, classes] and feature map [N, 192, H/16, W/16].

    A lesion of one cell is a two-hundredth of the mean, so the class weights must
    grow large; GAIN lets them get there in few steps. weights() includes it.
    """

    GAIN = 8.0

    def __init__(self, classes=14, channels=1):
        super().__init__()
        self.stem = conv_bn(channels, 24, 5, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.body = nn.Sequential(
            Block(24, 32),
            Block(32, 64, 2),
            Block(64, 64),
            Block(64, 128, 2),
            Block(128, 128),
            Block(128, 192),
        )
        self.head = nn.Linear(192, classes)
        with torch.no_grad():
            self.head.weight /= self.GAIN
            self.head.bias.fill_(-2.7)  # the log odds of one film in sixteen

    def weights(self):
        return self.head.weight * self.GAIN

    def forward(self, x):
        a = self.body(self.pool(torch.relu(self.stem(x))))
        return nn.functional.linear(a.mean((2, 3)), self.weights(), self.head.bias), a
