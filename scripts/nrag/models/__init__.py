"""Models and tokenizers by id, revision and device: any Hugging Face encoder or decoder, or the encoder of an
encoder–decoder.

Weights come from safetensors only, and a weight that the checkpoint lacks is never filled with
random numbers: the hidden states would look like results and be noise.
"""

from nrag.models.errors import ModelError
from nrag.models.fetching import fetch, refusal, settings
from nrag.models.loading import Model, device_name, folder_of, load, pick_device
from nrag.models.networks import hidden_states, reading_part, states_in_place

__all__ = [
    "Model",
    "ModelError",
    "device_name",
    "fetch",
    "folder_of",
    "hidden_states",
    "load",
    "pick_device",
    "reading_part",
    "refusal",
    "settings",
    "states_in_place",
]
