"""What the twins share: faults on the connection and in lists, journal and effects, control port, server, program.

It knows no portal, imports neither the connector nor any client, and costs nothing while every switch is off.
"""
