"""Checks the image of both architectures: check_index.py ARCHIVE

The OCI archive has one index with one image for each architecture, every digest is that of its bytes, and each program is static
and for the architecture that its image names. Prints the sizes.
"""

import hashlib
import io
import json
import struct
import sys
import tarfile

# What ELF calls the architectures (e_machine).
MACHINES = {"amd64": 62, "arm64": 183}
# The entry of a program's table that a dynamic loader is named in (PT_INTERP).
INTERPRETER = 3


def blob(archive, descriptor):
    """The bytes of a descriptor."""
    algorithm, digest = descriptor["digest"].split(":")
    data = archive.extractfile(f"blobs/{algorithm}/{digest}").read()
    if hashlib.new(algorithm, data).hexdigest() != digest or len(data) != descriptor["size"]:
        sys.exit(f"{descriptor['digest']} is not the digest or the size of its bytes")
    return data


def program_of(archive, manifest):
    """The program, from the layer that has it."""
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(blob(archive, layer))) as files:
            if "headcount" in files.getnames():
                return files.extractfile("headcount").read()
    sys.exit("no layer has the program")


def check_program(program, architecture):
    """It is static and for this architecture. Both have 64 bits and the lower byte first."""
    (machine,) = struct.unpack_from("<H", program, 18)
    if machine != MACHINES[architecture]:
        sys.exit(f"the image for {architecture} has a program for another architecture")
    (table,) = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    kinds = {struct.unpack_from("<I", program, table + size * entry)[0] for entry in range(count)}
    if INTERPRETER in kinds:
        sys.exit(f"the program for {architecture} needs libraries, and the image has none")


def main(path):
    with tarfile.open(path) as archive:
        (index,) = json.load(archive.extractfile("index.json"))["manifests"]
        images = json.loads(blob(archive, index))["manifests"]
        for image in images:
            manifest = json.loads(blob(archive, image))
            settings = json.loads(blob(archive, manifest["config"]))
            architecture = image["platform"]["architecture"]
            if settings["architecture"] != architecture:
                sys.exit(f"the image for {architecture} names another architecture in its settings")
            program = program_of(archive, manifest)
            check_program(program, architecture)
            compressed = sum(layer["size"] for layer in manifest["layers"])
            print(f"image for {architecture}: {compressed} bytes compressed, program {len(program)} bytes")
    if sorted(image["platform"]["architecture"] for image in images) != sorted(MACHINES):
        sys.exit("the index does not have one image for each architecture")


main(*sys.argv[1:])
